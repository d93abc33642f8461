"""What Qt hands to a model to say which row it asks about."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex

Index = QModelIndex | QPersistentModelIndex
"""A row and column; the persistent kind follows its row when others come and go."""
