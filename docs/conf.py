"""How Sphinx makes the site of these pages: python -m sphinx -W --keep-going docs site."""

from __future__ import annotations

from custseg import __version__

project = "custseg"
release = __version__

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
# A query of dbt is no plain SQL.
suppress_warnings = ["misc.highlighting_failure"]
highlight_language = "text"
# Quotes and dashes stay as they are typed.
smartquotes = False
# Headings can be linked to as on GitHub.
myst_heading_anchors = 4
napoleon_google_docstring = False
autodoc_member_order = "bysource"

# The tutorial is run as the site is made; what fails in it fails the site.
nb_execution_mode = "force"
nb_execution_in_temp = True
nb_execution_raise_on_error = True
nb_execution_timeout = 300
nb_execution_show_tb = True

html_theme = "furo"
html_title = "custseg"
html_static_path = ["_static"]
html_css_files = ["site.css"]
