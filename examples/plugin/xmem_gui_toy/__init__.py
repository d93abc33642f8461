"""An example of a plugin for xmem_gui: copy it, and put your own format or segmenter in its place."""
