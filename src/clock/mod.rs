//! The clocks: the system's, and the virtual one of rehearsals.
