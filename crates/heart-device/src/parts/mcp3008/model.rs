//! The twin of an MCP3008 or MCP3208: what its data sheet says it shifts out.

use std::io;

use heart_event::{Axes, Code};
use rustix::io::Errno;

use crate::twin::Control;
use crate::twin::chip::{Model, Scene};

/// Inputs are the axes `pot_0` to `pot_7`; one that hands never touched stands in the middle.
pub(super) struct McpModel<const BITS: u32>;

impl<const BITS: u32> Model for McpModel<BITS> {
    fn transfer(&mut self, _: &Scene<'_>, _: &[u8], _: &mut [u8]) -> io::Result<()> {
        Err(Errno::OPNOTSUPP.into())
    }

    fn exchange(&mut self, scene: &Scene<'_>, out: &[u8], into: &mut [u8]) -> io::Result<()> {
        // Bits are clocked in until the start bit; then mode, three bits of channel, one clock
        // to sample, the null bit, and the result (section 5.0 of the data sheets).
        let bit = |index: usize| out.get(index / 8).map_or(0, |byte| byte >> (7 - index % 8) & 1);
        let bits = out.len() * 8;
        into.fill(0xff);
        let Some(start) = (0..bits).find(|&index| bit(index) == 1) else { return Ok(()) };
        let channel = (2..5).fold(0, |channel, offset| channel << 1 | bit(start + offset));
        let pot = Control::Axis(Code(Axes::POT_0.0 + u16::from(channel)));
        let ratio = scene.value(pot, 0.5).clamp(0.0, 1.0);
        let value = (ratio * ((1u32 << BITS) - 1) as f32).round() as u32;
        let null = start + 6;
        for index in null..bits.min(null + 1 + BITS as usize) {
            let at = index - null;
            let high = at > 0 && value >> (BITS as usize - at) & 1 == 1;
            let mask = 1 << (7 - index % 8);
            if high {
                into[index / 8] |= mask;
            } else {
                into[index / 8] &= !mask;
            }
        }
        Ok(())
    }
}
