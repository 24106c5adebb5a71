"""What `kontor policy export --fideslang` prints, read by fideslang's own models: each resource is
valid, says nothing that the language does not know, and refers only to what there is."""
import sys

import yaml
from fideslang import model_map
from fideslang.default_taxonomy import DEFAULT_TAXONOMY
from fideslang.models import Taxonomy
from fideslang.relationships import get_referenced_missing_keys


def mistakes(raw):
    found = []
    for kind, resources in raw.items():
        model = model_map.get(kind)
        if not model:
            found.append(f"{kind}: no kind of resource")
            continue
        for r in resources:
            try:
                model.model_validate(r)
            except ValueError as e:
                found.append(f"{kind} {r.get('fides_key')}: {e}")
            unknown = set(r) - set(model.model_fields)
            if unknown:
                found.append(f"{kind} {r.get('fides_key')}: unknown {sorted(unknown)}")
    if not found:
        whole = DEFAULT_TAXONOMY.model_dump()
        for kind, resources in raw.items():
            whole[kind] = (whole.get(kind) or []) + resources
        missing = get_referenced_missing_keys(Taxonomy.model_validate(whole))
        found += [f"refers to {key}, which there is not" for key in sorted(missing)]
    return found


with open(sys.argv[1], encoding="utf-8") as f:
    raw = yaml.safe_load(f)
if len(raw.get("dataset", [])) < 20 or len(raw.get("system", [])) < 5:
    sys.exit("hardly anything was exported")
found = mistakes(raw)
for line in found:
    print(line)
if found:
    sys.exit(1)
# the judge judges: something that does not exist is refused
raw["system"][0]["privacy_declarations"][0]["data_use"] = "essential.nonsense"
if not mistakes(raw):
    sys.exit("a use that does not exist is taken")
