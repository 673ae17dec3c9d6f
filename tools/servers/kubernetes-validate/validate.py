"""validate.py DEFINITIONS VERSIONS FILE...

Checks the resources of YAML files against the strict schemas of Kubernetes that kubernetes-validate brings, for each of the VERSIONS
(1.27,1.37), and those of the kinds that the CustomResourceDefinitions in the files DEFINITIONS (a.yaml,b.yaml) define against these.
Where the description of Datadog's API is among the DEFINITIONS, the files have lists of its monitors. Writes what is wrong to standard output, as JSON.
"""

import json
import sys

import jsonschema
import kubernetes_validate
import yaml


def strict(schema):
    """The schema, with every field rejected that it does not name."""
    if isinstance(schema, list):
        return [strict(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: strict(part) for key, part in schema.items()}
    if isinstance(schema.get("properties"), dict):
        closed.setdefault("additionalProperties", False)
    return closed


def custom_schemas(definition):
    """By apiVersion and kind."""
    spec = definition["spec"]
    return {
        (f"{spec['group']}/{version['name']}", spec["names"]["kind"]): strict(version["schema"]["openAPIV3Schema"])
        for version in spec["versions"]
    }


def problems(resource, custom, versions):
    """Pairs of the schema's name and the error."""
    if "Monitor" in custom:
        errors = jsonschema.Draft202012Validator(custom["Monitor"]).iter_errors(resource)
        yield from (("datadog", error) for error in errors)
        return
    schema = custom.get((resource.get("apiVersion"), resource.get("kind")))
    if schema is not None:
        error = jsonschema.exceptions.best_match(jsonschema.Draft202012Validator(schema).iter_errors(resource))
        if error is not None:
            yield resource["apiVersion"].split("/")[0], error
        # A definition leaves the metadata, which are those of every resource, to Kubernetes.
        resource = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": resource.get("metadata")}
    for version in versions:
        try:
            kubernetes_validate.validate(resource, version, strict=True)
        except (kubernetes_validate.ValidationError, kubernetes_validate.SchemaNotFoundError) as error:
            yield f"Kubernetes {version}", error


def main(definition_files, versions, *files):
    custom = {}
    for name in definition_files.split(","):
        with open(name) as file:
            definition = yaml.load(file, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        if "openapi" in definition:
            custom["Monitor"] = {"$ref": "#/components/schemas/Monitor", "components": strict(definition["components"])}
        else:
            custom.update(custom_schemas(definition))
    found = []
    for name in files:
        with open(name) as file:
            resources = [resource for resource in yaml.safe_load_all(file) if resource]
        if "Monitor" in custom:
            resources = [monitor for monitors in resources for monitor in monitors]
        for resource in resources:
            for schema, error in problems(resource, custom, versions.split(",")):
                found.append({
                    "file": name,
                    "resource": f"{resource.get('kind')} {resource.get('metadata', resource).get('name')}",
                    "schema": schema,
                    "path": ".".join(str(step) for step in getattr(error, "path", [])),
                    "message": error.message,
                })
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
