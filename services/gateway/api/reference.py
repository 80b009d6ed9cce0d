"""The docs page: the OpenAPI document as plain HTML, drawn here so that it works without script and without the internet."""

from __future__ import annotations

from typing import Any

from jinja2 import Environment

from services.gateway.translation import translate
from shared.i18n import N_

TITLE = N_("REST API")
_PAGE = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string("""\
<!doctype html>
<html lang="{{ language }}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>OpenCEN: {{ title }}</title></head>
<body>
<main>
<h1>OpenCEN: {{ title }}</h1>
<p><a href="/api/openapi.json">/api/openapi.json</a> (OpenAPI {{ document.openapi }})</p>
{% for path, operations in document.paths.items() %}
{% for method, operation in operations.items() %}
<section>
<h2 id="{{ operation.operationId }}"><code>{{ method | upper }} {{ path }}</code></h2>
<p>{{ operation.summary }}</p>
{% if operation.parameters %}
<table>
<caption>{{ method | upper }} {{ path }}</caption>
<thead><tr><th scope="col">name</th><th scope="col">in</th><th scope="col">schema</th></tr></thead>
<tbody>
{% for parameter in operation.parameters %}
<tr><td><code>{{ parameter.name }}</code></td><td>{{ parameter.in }}</td><td><code>{{ parameter.schema | tojson }}</code></td></tr>
{% endfor %}
</tbody>
</table>
{% endif %}
{% for media, content in (operation.requestBody or {}).get("content", {}).items() %}
<p>body: <code>{{ media }}</code> {{ link(content.schema) }}</p>
{% endfor %}
{% for status, response in operation.responses.items() if status != "default" %}
<p>{{ status }}:
{% for media, content in response.get("content", {}).items() %}<code>{{ media }}</code> {{ link(content.schema) }}{% endfor %}</p>
{% endfor %}
</section>
{% endfor %}
{% endfor %}
{% for name, schema in document.components.schemas.items() %}
<section>
<h2 id="schema-{{ name }}">{{ name }}</h2>
{% if schema.description %}<p>{{ schema.description }}</p>{% endif %}
<dl>
{% for field, definition in (schema.properties or {}).items() %}
<dt><code>{{ field }}</code></dt><dd><code>{{ definition | tojson }}</code></dd>
{% endfor %}
</dl>
</section>
{% endfor %}
</main>
</body>
</html>
""")


def reference_page(document: dict[str, Any], language: str) -> str:
    page: str = _PAGE.render(document=document, language=language, title=translate(language, TITLE), link=_link)
    return page


def _link(schema: dict[str, Any]) -> str:
    return str(schema.get("$ref", schema.get("type", ""))).removeprefix("#/components/schemas/")
