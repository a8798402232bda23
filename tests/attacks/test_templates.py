"""Texts of a playbook.toml are programs: none costs more than a text, or reaches anything."""

from __future__ import annotations

import json
from pathlib import Path
from time import monotonic

import pytest

from custseg.offers.playbook.own_texts import check
from custseg.settings.loading import load_settings

HUGE = [
    "{{ 'a' * 3000000000 }}",
    "{{ segment_name * 3000000000 }}",
    "{{ [1] * 3000000000 }}",
    "{{ 9 ** 9 ** 9 ** 9 }}",
    "{{ '%3000000000d' % 1 }}",
    "{{ 'a' | center(3000000000) }}",
    "{{ 'a\nb' | indent(3000000000) }}",
    "{{ 'a' | format }}{{ '%03000000000d' | format(1) }}",
    "{{ 'ab' | replace('', 'xxxxxxxxxxxx') }}",
    "{{ 'a'.ljust(3000000000) }}",
    "{% for i in range(99999999) %}x{% endfor %}",
    "{% for a in products %}{% for b in products %}x{% endfor %}{% endfor %}",
    "{% for a in products recursive %}{{ loop(products) }}{% endfor %}",
    "{% for a in 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' %}x{% endfor %}",
    "{% set x = 'ab' %}{% set x = x ~ x %}{{ x }}",
    "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
    "{{ " + "(" * 90 + "1" + ")" * 90 + " }}" + "{{ " + "not " * 90 + "1 }}",
    "{{ " + " + ".join(["customers"] * 1100) + " }}",
    "{{ 'a' | truncate(9) }}" * 500,
    "{{ " + "9" * 9000 + " * 9 }}",
    "x" * 10_001,
]
REACHING = [
    "{{ customers.__class__.__mro__ }}",
    "{{ ''.__class__ }}",
    "{{ shop.__init__.__globals__ }}",
    "{{ shop['__class__'] }}",
    "{{ customers | attr('__class__') }}",
    "{{ customers | map(attribute='__class__') | list }}",
    "{% include '/etc/passwd' %}",
    "{% import 'os' as os %}",
    "{% extends 'x' %}",
    "{{ self }}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{ lipsum.__globals__ }}",
    "{{ loop.cycle('a') }}",
    "{% for p in products %}{{ loop.previtem }}{% endfor %}",
    "{{ segment_name.format }}",
]


def refusal(template: str, custseg) -> str:
    Path("playbook.toml").write_text(f"[segments.New]\noffer = {json.dumps(template)}\n")
    result = custseg("status", "-w", "shop")
    assert result.exit_code == 3
    assert 'playbook.toml, segment "New", offer: ' in result.stderr
    assert "bug in custseg" not in result.stderr
    return str(result.stderr)


@pytest.mark.parametrize("template", HUGE)
def test_a_template_that_would_take_long_or_much_is_a_settings_error(template, custseg):
    start = monotonic()
    refusal(template, custseg)
    assert monotonic() - start < 10


@pytest.mark.parametrize("template", REACHING)
def test_a_template_reaches_nothing_but_figures(template, custseg):
    told = refusal(template, custseg)
    assert "root:" not in told
    assert "uid=" not in told


def test_a_file_of_endless_depth_or_size_is_no_bug(custseg):
    for content in ("x = " + "[" * 9000, "# " + "x" * 1_000_000):
        Path("playbook.toml").write_text(content)
        result = custseg("status", "-w", "shop")
        assert result.exit_code == 3
        assert "playbook.toml: " in result.stderr


def test_what_plans_need_can_be_said():
    template = (
        "{% for p in products[:2] %}{{ loop.index }}. {{ p.name | upper }} "
        "({{ p.lift | number }}){{ ', ' if not loop.last }}{% else %}nothing{% endfor %}"
        "{% if gap is not none and gap > 3 %}{{ (2 * gap) | round(1) }}{% endif %}"
        "{{ 100 * buying // 1 }} {{ 'x' ~ customers }} {{ shop.spend | money }} "
        "{{ products | length }} {{ -recency }} {{ next_order | ordinal }}"
    )
    Path("playbook.toml").write_text(f"[segments.New]\noffer = {json.dumps(template)}\n")
    settings = load_settings()
    check(settings)
    assert settings.playbook.texts["New"]["offer"] == template
