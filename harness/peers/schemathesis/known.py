"""What exists: from the harness, and from what the service says that it made or has."""

import re
import uuid
from datetime import datetime, timedelta, timezone

import requests
from schemathesis.core.parameters import ParameterLocation as Location

# What ends something takes the oldest, so that something is left.
ENDINGS = ("/cancel", "/discharge")


class Known:
    def __init__(self, setup):
        self.things = list(setup["existing"])
        self.references = setup["references"]
        self.files = setup["files"]
        self.origin = f"https://{setup['host']}"
        self.authority = setup["authority"]
        self.hours = 1

    def learn(self, case, response):
        """Remembers what was made or listed, forgets what was removed."""
        if response.status_code == 201:
            self.remember(case, response.headers["location"][0].partition("?")[0])
        elif response.status_code == 200 and case.method == "GET":
            self.remember_listed(case, response)
        elif case.path_parameters and self.is_over(case, response):
            gone = case.path_parameters
            self.things = [thing for thing in self.things if not gone.items() <= thing.items()]

    def is_over(self, case, response):
        """Removed, or not to be removed any more, as an invitation that was accepted."""
        return response.status_code == 204 or (response.status_code == 409 and case.method == "DELETE")

    def remember(self, case, place):
        names = names_in(case.operation.schema, place)
        if names:
            # What it belongs to stays known with it.
            self.things.append({**case.path_parameters, **names})

    def remember_listed(self, case, response):
        """What others made; what this run made is known better."""
        if "json" not in response.headers.get("content-type", [""])[0]:
            return
        body = response.json()
        items = body.get("items", []) if isinstance(body, dict) else []
        for item in items[:1]:
            names = names_in(case.operation.schema, f"{case.formatted_path}/{item.get('id')}")
            if not any(names.keys() <= thing.keys() for thing in self.things):
                self.things.append(names)

    def fill_in(self, case):
        """Replaces what is generated in the right form, and nothing that is generated in a wrong one."""
        if not case.meta.is_negative_at(Location.PATH) and case.path_parameters:
            ends = case.method == "DELETE" or case.path.endswith(ENDINGS)
            things = self.things if ends else reversed(self.things)
            case.path_parameters.update(best(things, case.path_parameters))
        # The tool writes no header field whose pattern begins with a letter of its own, as a tag's does: it puts a wrong one
        # into the case and calls it valid.
        valid = case.meta.generation.mode.is_positive or not case.meta.is_negative_at(Location.HEADER)
        if valid and case.headers:
            self.fill_headers(case)
        if not case.meta.is_negative_at(Location.QUERY) and case.query:
            # The service's own words, which nobody can make up.
            case.query.pop("cursor", None)
        if not case.meta.is_negative_at(Location.BODY) and isinstance(case.body, dict):
            case.body = self.filled(case, case.body)

    def last(self, name, otherwise):
        return best(reversed(self.things), [name]).get(name, otherwise)

    def fill_headers(self, case):
        if "Idempotency-Key" in case.headers:
            case.headers["Idempotency-Key"] = str(uuid.uuid4())
        if "If-Match" in case.headers and "Authorization" in case.headers:
            tag = self.look(case).headers.get("ETag")
            case.headers["If-Match"] = tag or case.headers["If-Match"]
        if "Content-Disposition" in case.headers and case.media_type in self.files:
            case.headers["Content-Disposition"] = self.files[case.media_type]["name"]

    def look(self, case):
        """The object as it is now; an action stands one segment below what it acts on."""
        template, place = case.path, case.formatted_path
        while "GET" not in {method.upper() for method in case.operation.schema[template]}:
            template, place = template.rpartition("/")[0], place.rpartition("/")[0]
        token = {"Authorization": case.headers["Authorization"]}
        return requests.get(self.origin + place, headers=token, verify=self.authority, timeout=15)

    def filled(self, case, value, name=None):
        if isinstance(value, list):
            return [self.filled(case, item, name) for item in value]
        if isinstance(value, dict):
            members = {key: self.filled(case, item, key) for key, item in value.items()}
            return {**members, **self.times(members)}
        if value is None:
            return value
        # JSON Schema takes 1.0 for an integer; no client writes one so.
        if isinstance(value, float) and value.is_integer():
            return int(value)
        if name == "patient_id":
            return self.last("patient", value)
        if name == "member_id":
            # Who treats a patient; or the patient's own account, which nobody has.
            return self.references["clinician_member_id"] if "care-team" in case.path else None
        return self.references.get(name, value)

    def times(self, members):
        """The next hour that is free, where something begins and ends."""
        if not members.get("starts_at") or not members.get("ends_at"):
            return {}
        self.hours += 1
        begin = datetime.now(timezone.utc).replace(minute=0, second=0, microsecond=0) + timedelta(hours=self.hours)
        written = [moment.strftime("%Y-%m-%dT%H:%M:%SZ") for moment in (begin, begin + timedelta(minutes=30))]
        return {"starts_at": written[0], "ends_at": written[1]}


def best(things, wanted):
    """The identifiers of the first thing that has the most of these."""
    matches = [{name: thing[name] for name in wanted if name in thing} for thing in things]
    return max(matches, key=len, default={})


def names_in(templates, place):
    """The identifiers in a path, by the names that the document gives them."""
    given = place.split("/")
    for template in templates:
        expected = template.split("/")[: len(given)]
        if len(expected) != len(given) or not expected[-1].startswith("{"):
            continue
        pairs = list(zip(expected, given, strict=True))
        if all(fits(segment, value) for segment, value in pairs):
            return {segment.strip("{}"): value for segment, value in pairs if segment.startswith("{")}
    return {}


def fits(segment, value):
    return re.fullmatch("[0-9a-f-]{36}", value) if segment.startswith("{") else segment == value
