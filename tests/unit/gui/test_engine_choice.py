from xmem_gui.gui.context import Context
from xmem_gui.gui.controllers.engine_choice import EngineChoice
from xmem_gui.gui.state.preferences import Preferences
from xmem_gui.gui.state.session import Session


def test_the_models_chosen_are_those_that_compute(
    session: Session, preferences: Preferences, settle, context: Context
):
    EngineChoice(context)
    preferences.set(click_model="sam_vit_b", device="cpu", size=240)
    settle()
    assert session.annotator is not None
    clicks = session.annotator.prompting.settings
    assert (clicks.model, clicks.device) == ("sam_vit_b", "cpu")
    assert (session.annotator.settings.device, session.annotator.settings.size) == ("cpu", 240)
