"""``--preset`` of ``xmem-gui export``: what the window's export dialog keeps under a name."""

from typing import Any

import typer


def use_preset(context: typer.Context, name: str | None) -> str | None:
    """Have a preset say what no option says.

    Parameters
    ----------
    context
        Of the command; its defaults become the preset's.
    name
        The preset's name; None for none.

    Returns
    -------
    str or None
        The name.

    Raises
    ------
    typer.BadParameter
        If there is no preset of that name.
    """
    if name is None or context.resilient_parsing:
        return name
    from xmem_gui.gui.state.export_presets import kept_presets

    kept = {one.name: one for one in kept_presets()}
    if name not in kept:
        names = ", ".join(f"'{one}'" for one in kept)
        known = f"There are {names}." if kept else "There are none: save one in the window's export dialog."
        raise typer.BadParameter(f"There is no preset '{name}'. {known}", param_hint="--preset")
    context.default_map = {**(context.default_map or {}), **_defaults(vars(kept[name]))}
    return name


def _defaults(preset: dict[str, Any]) -> dict[str, Any]:
    """Return the values of the command's options that stand for a preset."""
    same = ("format_id", "every", "images", "own_colours", "outline", "labels", "feather", "choke", "refine")
    found = {name: preset[name] for name in same}
    found |= {name: preset[name] / 100 for name in ("fill", "dim")}
    found["status"] = "any" if preset["which"] == "all" else preset["which"]
    if preset["pattern"]:
        found |= {"names": preset["pattern"], "start_number": preset["start"]}
    if preset["quality"] != "fine":  # the finest is what every format has by itself
        found["quality"] = preset["quality"]
    return found
