//! `rye tools`

mod run;
