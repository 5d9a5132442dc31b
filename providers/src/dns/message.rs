//! Reading messages exactly, byte for byte, whatever they hold.
