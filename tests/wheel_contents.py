"""Run by an environment that has the wheel and nothing of the checkout: is all there, and nothing too much?"""

from __future__ import annotations

import sys
from importlib import metadata, resources
from pathlib import Path


def main() -> int:
    files = metadata.files("cepick") or []
    tops = sorted({file.parts[0] for file in files if ".." not in file.parts})
    allowed = {"ce_core", "cepick"}
    generic = [top for top in tops if top not in allowed and not top.endswith(".dist-info")]
    if generic:
        print(f"the wheel adds generic names to site-packages: {generic}")
        return 1
    import ce_core
    import cepick

    for package in (ce_core, cepick):
        where = Path(str(package.__file__)).parent
        if "site-packages" not in where.parts or not (where / "py.typed").exists():
            print(f"{package.__name__} comes from {where}, or has no py.typed")
            return 1
    from ce_core.frameworks import frameworks
    from ce_core.lookup.explain import topics
    from ce_core.task.presets import presets

    schemas = [each.name for each in resources.files("ce_core.configs").joinpath("schemas").iterdir()]
    print(
        f"wheel: {len(files)} files, {len(frameworks())} frameworks, {len(presets())} presets, "
        f"{sum(map(len, topics().values()))} topics, {len(schemas)} schemas"
    )
    return 0 if schemas and presets() and frameworks() else 1


if __name__ == "__main__":
    sys.exit(main())
