"""The admin as a whole."""

from django.contrib import admin

admin.site.index_title = "Start"
# The theme's own index lists apps, which are ours to know, not an operator's; ours groups as the sidebar does.
admin.site.index_template = "reanimator/index.html"
