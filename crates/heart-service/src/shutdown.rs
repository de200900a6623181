//! The end of a program: SIGTERM or SIGINT asks for it, a second one insists.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Cancels `stop` on the first SIGTERM or SIGINT, and ends the process on the second with
/// 128 + the signal's number, after `before_exit` (which puts a terminal back in order, for
/// instance; nothing else is cleaned up then).
///
/// Must be called within a tokio runtime; signals are caught from the moment it returns.
///
/// # Errors
/// The kernel refuses the handlers.
pub fn on_signals(stop: CancellationToken, before_exit: fn()) -> io::Result<()> {
    let terminate = signal(SignalKind::terminate())?;
    let interrupt = signal(SignalKind::interrupt())?;
    tokio::spawn(watch(terminate, interrupt, stop, before_exit));
    Ok(())
}

async fn watch(
    mut terminate: Signal,
    mut interrupt: Signal,
    stop: CancellationToken,
    before_exit: fn(),
) {
    loop {
        let (name, number) = tokio::select! {
            _ = terminate.recv() => ("SIGTERM", 15),
            _ = interrupt.recv() => ("SIGINT", 2),
        };
        if stop.is_cancelled() {
            tracing::warn!("{name} again: ending at once");
            before_exit();
            std::process::exit(128 + number);
        }
        tracing::info!("{name}: stopping; a second one ends at once");
        stop.cancel();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rustix::process::{Signal, getpid, kill_process};

    use super::*;
    use crate::testing::{again, is_child};

    #[test]
    fn the_first_signal_asks_and_the_second_insists() {
        const NAME: &str = "shutdown::tests::the_first_signal_asks_and_the_second_insists";
        if is_child() {
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
            runtime.unwrap().block_on(async {
                let stop = CancellationToken::new();
                on_signals(stop.clone(), || println!("put back")).unwrap();
                kill_process(getpid(), Signal::INT).unwrap();
                stop.cancelled().await;
                println!("asked");
                kill_process(getpid(), Signal::TERM).unwrap();
                tokio::time::sleep(Duration::from_secs(60)).await;
            });
            return;
        }
        let output = again(NAME, &[]);
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(said.contains("asked\nput back\n"), "{said}");
        assert_eq!(output.status.code(), Some(128 + 15));
    }
}
