//! The controller from outside: events in, places and pictures out.

mod any_events;
mod modes;
mod pictures;
mod script;
