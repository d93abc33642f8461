"""What a propagation is asked for, what it will do, and how it is done, stopped and gone on with."""
