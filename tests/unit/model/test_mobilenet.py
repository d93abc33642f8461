import subprocess
import sys

import torch
from torchvision.models import mobilenet_v2

from xmem_gui.model.mobilenet import mobilenet_features


def test_it_is_torchvisions_to_the_name_and_the_bit():
    torch.manual_seed(0)
    ours, theirs = mobilenet_features(blocks=17), mobilenet_v2(weights=None).features[:18]
    # Batch norms with something to do, as trained ones have.
    for module in theirs.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            for values in (module.weight.data, module.bias.data, module.running_mean, module.running_var):
                values.uniform_(0.5, 1.5)
    shapes = {name: values.shape for name, values in ours.state_dict().items()}
    assert shapes == {name: values.shape for name, values in theirs.state_dict().items()}
    ours.load_state_dict(theirs.state_dict())
    image = torch.randn(2, 3, 64, 96)
    with torch.no_grad():
        for training in (True, False):
            assert torch.equal(ours.train(training)(image), theirs.train(training)(image))


def test_its_strides_and_channels():
    image = torch.zeros(1, 5, 64, 96)
    for blocks, channels, stride in ((3, 24, 4), (6, 32, 8), (13, 96, 16), (17, 320, 32)):
        features = mobilenet_features(blocks=blocks, in_dim=5)(image)
        assert features.shape == (1, channels, 64 // stride, 96 // stride)


def test_the_shipped_networks_are_loaded_without_torchvision():
    code = (
        "import sys; sys.modules['torchvision'] = None\n"
        "from xmem_gui.model import find_model, load_network\n"
        "from xmem_gui.interaction.segmenters import make_segmenter\n"
        "import torch\n"
        "load_network(find_model('compact')); make_segmenter('compact', torch.device('cpu'))\n"
        "assert 'torch._dynamo' not in sys.modules"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
