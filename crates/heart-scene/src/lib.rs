//! The controller: events and time in, a picture out.
//!
//! Station between the mirror (`heart-link`) and the painter (`heart-vulkan`). The renderer's
//! render thread calls [`AppController::tick`] once a frame. Everything here is pure: no I/O, no
//! clock, no GPU, no bytes and no topics; time and the text of a program are arguments.
//!
//! A [`Program`] is a list of modes, a mode has a title and one or more scenes. The wall starts
//! in the *select screen* at the first mode.
//!
//! | input | in the select screen | in a scene |
//! |---|---|---|
//! | knob turned by n detents | browse by n, round both ends | turns the scene's parameter n times |
//! | knob let go within 500 ms | enter the previewed mode | next scene of the mode |
//! | knob held for 500 ms | enter | leave: select screen, at the mode just left |
//! | knobs 1, 2, 3 of one device turned | saturation, hue, edges of the whole wall | the same |
//! | the same, held for 500 ms | that effect is gone | the same |
//! | key left, right | browse by ∓1 | turns the parameter by ∓1 |
//! | key A, D | browse by ∓1 | previous, next scene |
//! | key down, Enter | enter | next scene |
//! | key up, Escape | – | leave |
//! | pad d-pad left, right | browse by ∓1 | previous, next scene |
//! | pad d-pad up, down | enter | – |
//! | pad south | enter | next scene |
//! | pad north | – | leave |
//! | pad plus and minus together | – | leave |
//! | phone left, right | browse by ∓1 | turns the parameter by ∓1 |
//! | phone activate | enter | next scene |
//! | phone leave | – | leave |
//! | a text was said | shown on all faces for 5 s, a long one for up to 24 s | the same |
//! | five hearts or more at above 150 beats a minute in the mean | flames over everything | the same |
//!
//! - Pads, keys and phones act when they go down. A knob's button acts when a short press *ends*
//!   and when a long one is *decided*; the release after a long press, and a release that was
//!   cancelled (the device or the link was lost), never act.
//! - Within one frame knobs, phones and arrow keys are summed, all pads together make at most one
//!   step, and browsing comes before presses. The presses then act in their order.
//! - A d-pad axis counts when it passes ±0.5, and again only after it was centred.
//! - Leaving resets the effects and the scenes of the mode; so does moving on from a scene to the next.

mod blaze;
mod colour;
mod controller;
mod geometry;
mod gesture;
mod lettering;
mod message;
mod pixels;
mod program;
mod random;
mod scene;
mod scene_file;
mod select;
mod senses;
mod sprite;
mod steps;

pub use controller::{AppController, ControllerStatus, LossState};
pub use geometry::Geometry;
pub use program::{
    InputSource, InputWish, Knob, LossPolicy, LossSpec, ModeSpec, Program, ProgramError,
    ProgramFault, SceneSpec, Sprite,
};
pub use scene::{Detent, Kind, Origin, PARAMETERS, Parameter};
pub use scene_file::{
    Binding, Drive, FileParameter, Input, SceneFault, SceneFile, SceneFiles, shipped_shaders,
};
