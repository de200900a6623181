//! The window's thread: hears the window system and the bell, and has frames drawn.

use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant};

use heart_frame::Extent;
use winit::application::ApplicationHandler;
use winit::dpi::PhysicalSize;
use winit::event::{ElementState, KeyEvent, WindowEvent};
use winit::event_loop::ActiveEventLoop;
use winit::platform::scancode::PhysicalKeyExtScancode;
use winit::window::{Fullscreen, Window, WindowId};

use super::backoff::Backoff;
use super::keys::{Held, Meaning};
use super::layout::first_size;
use super::line::Line;
use super::screen::{Drawn, Screen, Show};
use super::slot::{Slot, Taken};
use super::{News, WindowError, WindowOptions};

/// How often the window system is asked whether the window is minimised: X11 does not say so.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// The window's state, owned by its thread.
pub(super) struct App<N> {
    options: WindowOptions,
    slot: Arc<Slot>,
    news: N,
    /// Who waits for the window to open.
    answer: Option<SyncSender<Result<(), WindowError>>>,
    // The screen goes before its window.
    screen: Option<Screen>,
    window: Option<Arc<Window>>,
    taken: Taken,
    line: Line,
    held: Held,
    hud: bool,
    hidden: bool,
    looked: Instant,
    backoff: Backoff,
}

impl<N: FnMut(News<'_>)> App<N> {
    pub(super) fn new(
        options: WindowOptions,
        slot: Arc<Slot>,
        news: N,
        answer: SyncSender<Result<(), WindowError>>,
    ) -> Self {
        App {
            taken: Taken::new(options.wall),
            hud: options.hud,
            options,
            slot,
            news,
            answer: Some(answer),
            screen: None,
            window: None,
            line: Line::new(),
            held: Held::default(),
            hidden: false,
            looked: Instant::now(),
            backoff: Backoff::new(),
        }
    }

    /// The window system's loop ended by itself.
    pub(super) fn broken(&mut self, why: String) {
        if let Some(answer) = self.answer.take() {
            return drop(answer.send(Err(WindowError::Refused(why))));
        }
        self.let_go();
        (self.news)(News::Lost { why: &why });
    }

    fn open(&mut self, event_loop: &ActiveEventLoop) -> Result<(), WindowError> {
        let WindowOptions { wall, scale, hud, .. } = self.options;
        let monitor =
            event_loop.primary_monitor().or_else(|| event_loop.available_monitors().next());
        let screen = monitor.map(|monitor| extent(monitor.size()));
        let Extent { width, height } = first_size(wall, scale, screen, hud);
        let attributes = Window::default_attributes()
            .with_title(&self.options.title)
            .with_inner_size(PhysicalSize::new(width, height))
            .with_min_inner_size(PhysicalSize::new(wall.width.min(160), wall.height.min(90)))
            .with_fullscreen(self.options.fullscreen.then_some(Fullscreen::Borderless(None)));
        let window = event_loop
            .create_window(attributes)
            .map_err(|error| WindowError::Refused(error.to_string()))?;
        window.set_cursor_visible(!self.options.fullscreen);
        let window = Arc::new(window);
        self.screen = Some(Screen::open(&window, self.options.device.as_deref(), wall)?);
        self.window = Some(window);
        Ok(())
    }

    /// Draws what there is: a new frame, or the last one again after the window was uncovered.
    fn draw(&mut self) {
        let Some(window) = self.window.clone() else { return };
        let now = Instant::now();
        if now.saturating_duration_since(self.looked) >= LOOK_EVERY {
            self.looked = now;
            self.set_hidden(window.is_minimized() == Some(true));
        }
        if self.hidden || !self.reopen(&window, now) {
            return;
        }
        let fresh = self.slot.take(&mut self.taken);
        let size = extent(window.inner_size());
        if self.hud {
            self.line.set(&self.taken.line, self.options.wall, size);
        }
        let text = self.hud.then_some(self.line.bitmap());
        let show = Show { frame: &self.taken.frame, text, look: self.options.look };
        let Some(screen) = &mut self.screen else { return };
        window.pre_present_notify();
        let applied = self.taken.applied.take();
        let drawn = screen.draw(size, &show).and_then(|drawn| {
            // Only then the pixels are there; a frame that nobody waits for is not waited for.
            if applied.is_some() { screen.wait().map(|()| drawn) } else { Ok(drawn) }
        });
        match drawn {
            Ok(_) if !fresh => {}
            Ok(Drawn::Presented) => (self.news)(News::Shown { applied }),
            Ok(Drawn::NoImage) => (self.news)(News::LeftOut),
            Err(error) => {
                (self.news)(News::Failed(&error));
                self.screen = None;
                self.backoff.failed(now);
            }
        }
    }

    /// A device anew after one was lost. False while there is none.
    fn reopen(&mut self, window: &Arc<Window>, now: Instant) -> bool {
        if self.screen.is_none() && self.backoff.is_due(now) {
            match Screen::open(window, self.options.device.as_deref(), self.options.wall) {
                Ok(screen) => self.screen = Some(screen),
                Err(error) => {
                    (self.news)(News::NotReopened(&error));
                    self.backoff.failed(now);
                }
            }
        }
        if self.screen.is_none() {
            // The bell would not ring again for a frame that nobody takes.
            let _ = self.slot.take(&mut self.taken);
        }
        self.screen.is_some()
    }

    fn set_hidden(&mut self, hidden: bool) {
        if std::mem::replace(&mut self.hidden, hidden) != hidden {
            self.slot.set_hidden(hidden);
        }
    }

    /// The window may be seen again.
    fn seen(&mut self) {
        self.set_hidden(false);
        if let Some(window) = &self.window {
            window.request_redraw();
        }
    }

    fn let_go(&mut self) {
        if self.held.let_go() {
            (self.news)(News::LetGo);
        }
    }

    fn key(&mut self, event: &KeyEvent, synthetic: bool) {
        let pressed = event.state == ElementState::Pressed;
        // A key that was down when the focus came: nobody pressed it here.
        let found = synthetic && pressed;
        let code = event.physical_key.to_scancode().and_then(|code| u16::try_from(code).ok());
        let Some(code) = code.filter(|_| !found && !event.repeat) else { return };
        match self.held.change(code, pressed) {
            Some(Meaning::Key { code, pressed }) => (self.news)(News::Key { code, pressed }),
            Some(Meaning::ToggleHud) => {
                self.hud = !self.hud;
                self.seen();
            }
            Some(Meaning::ToggleFullscreen) => {
                let Some(window) = &self.window else { return };
                let full = window.fullscreen().is_none();
                window.set_fullscreen(full.then_some(Fullscreen::Borderless(None)));
                window.set_cursor_visible(!full);
            }
            None => {}
        }
    }
}

impl<N: FnMut(News<'_>)> ApplicationHandler for App<N> {
    fn resumed(&mut self, event_loop: &ActiveEventLoop) {
        if self.window.is_some() {
            return;
        }
        let opened = self.open(event_loop);
        if opened.is_err() {
            event_loop.exit();
        }
        if let Some(answer) = self.answer.take() {
            // Whoever gave up waiting has closed the slot.
            let _ = answer.send(opened);
        }
    }

    fn user_event(&mut self, event_loop: &ActiveEventLoop, (): ()) {
        if self.slot.is_closing() {
            self.draw();
            event_loop.exit();
        } else if let Some(window) = &self.window {
            window.request_redraw();
        }
    }

    fn window_event(&mut self, event_loop: &ActiveEventLoop, _: WindowId, event: WindowEvent) {
        match event {
            WindowEvent::CloseRequested | WindowEvent::Destroyed => {
                self.let_go();
                (self.news)(News::Closed);
                event_loop.exit();
            }
            WindowEvent::RedrawRequested => self.draw(),
            WindowEvent::Resized(_) => {
                if let Some(screen) = &mut self.screen {
                    screen.resized();
                }
                self.seen();
            }
            WindowEvent::Occluded(occluded) if occluded => self.set_hidden(true),
            WindowEvent::Occluded(_) => self.seen(),
            WindowEvent::Focused(true) => self.seen(),
            WindowEvent::Focused(false) => self.let_go(),
            WindowEvent::KeyboardInput { event, is_synthetic, .. } => {
                self.key(&event, is_synthetic);
            }
            _ => {}
        }
    }
}

fn extent(size: PhysicalSize<u32>) -> Extent {
    Extent { width: size.width, height: size.height }
}
