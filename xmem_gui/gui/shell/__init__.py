"""The window itself: how it starts, what it is put together of, and what it says in its own corners."""
