//! The rules of design §4, one by one, on virtual time. The simulator covers how they meet; here
//! each has its own trace, named by what it promises. The number is the rule's.

mod gateway;
mod pair;
mod reader;
