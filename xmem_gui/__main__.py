"""``python -m xmem_gui`` is ``xmem-gui``."""

from xmem_gui.cli import main

if __name__ == "__main__":
    main()
