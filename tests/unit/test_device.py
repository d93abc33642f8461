import pytest
import torch

from xmem_gui.device import (
    autocast,
    best_precision,
    choose_device,
    device_memory,
    device_name,
    enough_memory,
    peak_memory,
)
from xmem_gui.errors import DeviceLostError, DeviceMemoryError, XmemGuiError

CPU = torch.device("cpu")


@pytest.mark.parametrize(
    ("cuda", "mps", "best"), [(True, True, "cuda"), (False, True, "mps"), (False, False, "cpu")]
)
def test_the_best_device_there_is_is_taken(monkeypatch, cuda, mps, best):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    assert choose_device().type == best
    assert choose_device("cpu") == CPU


def test_a_device_that_is_not_there_is_said_so(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(XmemGuiError, match="no 'cuda' device: choose --device auto or cpu"):
        choose_device("cuda:1")
    with pytest.raises(XmemGuiError, match="There is no device 'toaster'"):
        choose_device("toaster")


@pytest.mark.parametrize("native", [True, False])
def test_a_cpu_computes_in_a_half_only_where_it_is_no_emulation(monkeypatch, native):
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: native)
    assert best_precision(CPU) == (torch.bfloat16 if native else torch.float32)


def test_a_precision_holds_within_and_float32_leaves_it():
    one = torch.ones(2, 2)
    with autocast(CPU, torch.bfloat16):
        assert (one @ one).dtype == torch.bfloat16
        with autocast(CPU, torch.float32):
            assert (one @ one).dtype == torch.float32


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 800 bytes"),
        MemoryError(),
    ],
)
def test_running_out_of_memory_is_an_error_with_what_to_do(error):
    sentence = "'cpu' has not enough memory for a picture: close"
    with pytest.raises(DeviceMemoryError, match=sentence), enough_memory(CPU, what="a picture"):
        raise error


@pytest.mark.parametrize(
    "says",
    [
        "CUDA error: unspecified launch failure\nCUDA kernel errors might be asynchronously reported",
        "CUDA error: an illegal memory access was encountered",
        "CUDA error: device-side assert triggered",
        "CUDA error: uncorrectable ECC error encountered",
        "CUDA error: CUDA-capable device(s) is/are busy or unavailable",
    ],
)
def test_a_device_that_fails_is_an_error_with_what_to_do(says):
    sentence = "'cpu' has failed and computes no more.*Try again; if it fails again, restart the program"
    with pytest.raises(DeviceLostError, match=sentence), enough_memory(CPU, what="a picture"):
        raise RuntimeError(says)


@pytest.mark.parametrize(
    "says", ["shapes do not match", "CUDA error: invalid argument", "an unknown error of a decoder"]
)
def test_another_fault_stays_what_it_is(says):
    with pytest.raises(RuntimeError, match=says), enough_memory(CPU, what="a picture"):
        raise RuntimeError(says)


def test_memory_that_runs_out_is_no_failure():
    with pytest.raises(DeviceMemoryError), enough_memory(CPU, what="a picture"):
        raise RuntimeError("CUDA error: out of memory")


def test_a_processor_tells_its_name_and_what_this_process_took():
    assert device_name(CPU) == "cpu"
    assert device_memory(CPU) == (None, None)
    assert peak_memory(CPU) > 1 << 20
