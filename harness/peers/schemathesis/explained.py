"""Refusals of what the document allows: each is a rule between values, or of the moment, that no schema can express.

An explanation that a run does not need is reported as stale, so that none outlives its reason.
"""

PROBLEMS = {
    "unknown-field": "which members there are to choose from is a matter of the caller's role",
    "illegal-character": "in free metadata too, at any depth",
    "uri-too-long": "all parameters share the 4 KiB of the request target, and escapes make them longer",
}
# By pointer and rule.
MEMBERS = {
    "/ends_at after_start": "which may be now",
    "/jwks public_keys": "RFC 7517",
    "/networks network": "CIDR notation",
}
# By operation: the page that answers, and the status. Their handles and links are the service's own words.
PAGES = {
    "showEmailConfirmation": 400,
    "showInvitation": 400,
    "showPasswordReset": 400,
    "showSetUp": 400,
    "authorize": 400,
    "continueAuthorization": 400,
    "endFederatedSignIn": 400,
    "endFederatedSessions": 400,
}


class Explanations:
    def __init__(self):
        self.used = set()

    def explain(self, response, case):
        reasons = set(self.reasons(response, case))
        self.used |= reasons
        return bool(reasons)

    def reasons(self, response, case):
        if response.status_code < 400 or not case.meta.generation.mode.is_positive:
            return
        name = case.operation.definition.raw["operationId"]
        if name in PAGES and response.status_code == PAGES[name]:
            yield ("page", name)
        if "problem+json" not in response.headers.get("content-type", [""])[0]:
            return
        problem = response.json()
        slug = problem["type"].rsplit("/", 1)[-1]
        if slug in PROBLEMS:
            yield ("problem", slug)
        for error in problem.get("errors", []):
            rule = f"{error['pointer']} {error['rule']}"
            if rule in MEMBERS:
                yield ("member", rule)

    def stale(self):
        listed = {
            *(("page", name) for name in PAGES),
            *(("problem", slug) for slug in PROBLEMS),
            *(("member", rule) for rule in MEMBERS),
        }
        return sorted(" ".join(entry) for entry in listed - self.used)
