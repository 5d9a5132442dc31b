//! The DNS client: ask, transfer, update, TSIG over UDP and TCP.
