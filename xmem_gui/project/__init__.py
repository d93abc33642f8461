"""The document: objects, masks per frame and object, commits and history."""
