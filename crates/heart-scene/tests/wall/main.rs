//! The controller from outside: events in, places and pictures out.

mod any_events;
mod loss;
mod modes;
mod pictures;
mod reload;
mod scenes;
mod script;
