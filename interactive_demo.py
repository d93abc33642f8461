"""Open the window; XMem's flags are understood (`python interactive_demo.py --help`)."""

from xmem_gui.cli.demo import main

if __name__ == "__main__":
    main()
