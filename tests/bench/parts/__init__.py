"""What `make bench` measures. A part has a TITLE and ROWS, measures one round at a time, and says whether it is
REPEATED in every round."""
