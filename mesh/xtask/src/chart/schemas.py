"""Validates rendered files strictly: core kinds against the schemas of one version of Kubernetes, others against schemas of their
own. Arguments: folder of the others' schemas ("" when there is none), then version=file pairs. Prints a line for each object:
`ok …`, `unknown …` or `wrong …`."""

import json
import pathlib
import sys

import jsonschema
import kubernetes_validate
import yaml

others, pairs = sys.argv[1], sys.argv[2:]


def strict(schema):
    """The schema, in which objects with declared properties allow no others."""
    if isinstance(schema, dict):
        schema = {key: strict(value) for key, value in schema.items()}
        free = "x-kubernetes-preserve-unknown-fields" in schema or "additionalProperties" in schema
        if isinstance(schema.get("properties"), dict) and "type" in schema and not free:
            schema["additionalProperties"] = False
    elif isinstance(schema, list):
        schema = [strict(value) for value in schema]
    return schema


def problem(document, version):
    group, _, name = document["apiVersion"].rpartition("/")
    if "." in group and not group.endswith(".k8s.io") or group == "gateway.networking.k8s.io":
        if not others:
            return "unchecked"
        file = pathlib.Path(others, group, f"{document['kind'].lower()}_{name}.json")
        if not file.is_file():
            return "unknown kind"
        schema = strict(json.loads(file.read_text()))
        error = jsonschema.exceptions.best_match(jsonschema.Draft7Validator(schema).iter_errors(document))
        return error and f"{error.json_path}: {error.message}"
    try:
        kubernetes_validate.validate(document, version, strict=True)
    except kubernetes_validate.ValidationError as error:
        return f"{'.'.join(map(str, error.path))}: {error.message}"
    except kubernetes_validate.SchemaNotFoundError:
        return "unknown kind"
    return None


for pair in pairs:
    version, file = pair.split("=", 1)
    for document in yaml.safe_load_all(pathlib.Path(file).read_text()):
        if document is None:
            continue
        name = f"{version} {pathlib.Path(file).stem}: {document['kind']}/{document['metadata']['name']}"
        found = problem(document, version)
        verdict = {None: "ok", "unchecked": "unchecked"}.get(found, "wrong")
        print(verdict, name, found or "", sep="\t")
