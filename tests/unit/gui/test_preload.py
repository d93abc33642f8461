import subprocess
import sys


def _run(code: str) -> str:
    """Run it where warnings are errors; return what it complains of."""
    command = [sys.executable, "-W", "error", "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=False).stderr


def test_torch_works_after_it_was_loaded_ahead():
    code = (
        "import sys; from xmem_gui.gui.state.preload import load_torch; load_torch(); "
        "assert 'torch' in sys.modules; import torch; "
        "assert float(torch.ones(3).sum()) == 3; load_torch()"
    )
    assert _run(code) == ""


def test_nothing_is_searched_for_garbage_while_torch_is_loaded_and_it_never_is():
    code = (
        "import gc; from xmem_gui.gui.state.preload import load_torch; gc.collect(); searched = []; "
        "gc.callbacks.append(lambda phase, info: searched.append(info['generation'])); load_torch(); "
        "assert searched == [2, 2], searched; assert gc.isenabled(); "
        "assert gc.get_freeze_count() > 50_000; assert len(gc.get_objects()) < 10_000"
    )
    assert _run(code) == ""


def test_the_window_loads_no_networks_before_something_is_opened():
    code = (
        "import sys, xmem_gui.gui.app, xmem_gui.gui.shell.workspace, xmem_gui.gui.dialogs.settings; "
        "assert 'torch' not in sys.modules"
    )
    assert _run(code) == ""


def test_dialogs_are_loaded_before_they_are_asked_for():
    code = (
        "import sys, threading; from xmem_gui.gui.controllers.warm_up import load_dialogs; "
        "assert 'xmem_gui.gui.dialogs.exporting' not in sys.modules; "
        "thread = threading.Thread(target=load_dialogs); thread.start(); thread.join(); "
        "assert 'xmem_gui.gui.dialogs.exporting' in sys.modules; "
        "from xmem_gui.gui.dialogs import ExportDialog, ImportDialog, ModelsDialog"
    )
    assert _run(code) == ""


def test_two_who_load_torch_at_a_time_load_it_one_after_the_other():
    code = (
        "import sys, threading; from xmem_gui.gui.state import preload; "
        "real, times = preload._load_libraries, []; "
        "preload._load_libraries = lambda: (times.append(1), real()); "
        "two = [threading.Thread(target=preload.load_torch) for _ in range(2)]; "
        "[one.start() for one in two]; [one.join() for one in two]; "
        "assert times == [1], times; assert sys.modules['torch'].ones(2).sum() == 2"
    )
    assert _run(code) == ""
