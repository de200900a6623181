//! A turn on the bus as an `embedded-hal` I2C, for drivers that are taken from crates.io.
//!
//! The address that a driver names is ignored: the chip's place fixes it.

use embedded_hal::i2c::{ErrorKind, ErrorType, I2c, NoAcknowledgeSource, Operation};

use super::wire::{BusError, Wire};

/// One turn, as a driver wants it.
pub(crate) struct HalI2c<'a, 'b> {
    wire: &'a mut Wire<'b>,
}

impl<'a, 'b> HalI2c<'a, 'b> {
    pub(crate) fn new(wire: &'a mut Wire<'b>) -> Self {
        HalI2c { wire }
    }
}

impl embedded_hal::i2c::Error for BusError {
    fn kind(&self) -> ErrorKind {
        match self {
            BusError::Transfer { .. } => ErrorKind::NoAcknowledge(NoAcknowledgeSource::Unknown),
            _ => ErrorKind::Other,
        }
    }
}

impl ErrorType for HalI2c<'_, '_> {
    type Error = BusError;
}

impl I2c for HalI2c<'_, '_> {
    fn transaction(
        &mut self,
        _address: u8,
        operations: &mut [Operation<'_>],
    ) -> Result<(), Self::Error> {
        match operations {
            [] => Ok(()),
            [Operation::Write(write)] => self.wire.write_read(write, &mut []),
            [Operation::Read(read)] => self.wire.write_read(&[], read),
            [Operation::Write(write), Operation::Read(read)] => self.wire.write_read(write, read),
            _ => {
                let what = format!("a transaction of {} parts is not supported", operations.len());
                Err(BusError::Nonsense(what))
            }
        }
    }
}
