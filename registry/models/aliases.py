"""Spellings of vendors."""

from django.db import models

from registry.models.text import ExactCharField


class VendorAlias(models.Model):
    """One spelling of a vendor's name (normalised: upper case, single blanks) and the name it stands for."""

    spelling = ExactCharField(max_length=200, unique=True)
    vendor = models.CharField(max_length=200)

    class Meta:
        ordering = ("vendor", "spelling", "id")
        verbose_name_plural = "vendor aliases"

    def __str__(self) -> str:
        return f"{self.spelling} → {self.vendor}"
