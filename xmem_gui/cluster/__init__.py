"""Many videos, many machines: batches on this machine or on Ray, and what a connection to Ray is."""
