//! Named points at which a debug build can be told to die or stall.
