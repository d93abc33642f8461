"""The four feature memories - sensory, working, long-term, permanent - and how they are read."""
