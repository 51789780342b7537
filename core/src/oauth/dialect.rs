//! How one provider departs from the RFCs, as plain data.
