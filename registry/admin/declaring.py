"""Forms with which people enter what no bundle has shown yet."""

from typing import Any

from django.db.models import Model
from django.forms import ModelForm

from registry.models import Asset, Component
from registry.services import AlreadyExists, FieldProblem, declare_asset, declare_component


class DeclarationForm(ModelForm):
    """Adds a row by a service, which alone knows how a row gets its identity."""

    def declare(self, values: dict[str, Any]) -> Model:
        """The row that the service added."""
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        """The row's own values."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return values
        # The service checks by adding. It is called here, not on saving, so that what it refuses is shown at its
        # field; the admin's transaction takes the row back should anything fail after this.
        try:
            self.instance = self.declare(values)
        except FieldProblem as problem:
            self.add_error(problem.field, str(problem))
            return values
        except AlreadyExists as problem:
            self.add_error("serial", str(problem))
            return values
        return {name: getattr(self.instance, name) for name in values}


class AssetDeclarationForm(DeclarationForm):
    """A new asset."""

    def declare(self, values: dict[str, Any]) -> Model:
        """The asset."""
        return declare_asset(**values)


class ComponentDeclarationForm(DeclarationForm):
    """A new component."""

    def declare(self, values: dict[str, Any]) -> Model:
        """The component."""
        return declare_component(**values)


DECLARATION_FORMS: dict[type[Model], type[DeclarationForm]] = {
    Asset: AssetDeclarationForm,
    Component: ComponentDeclarationForm,
}


class DeclaredAdmin:
    """For tables that bundles fill, and people beside them: adding goes by a service, and history stays."""

    model: type[Model]

    def get_form(self, request: Any, obj: Model | None = None, change: bool = False, **kwargs: Any) -> Any:
        """To add a row: the form that calls the service."""
        if obj is None:
            kwargs["form"] = DECLARATION_FORMS[self.model]
        return super().get_form(request, obj, change=change, **kwargs)  # type: ignore[misc]  # the admin's it is mixed into

    def save_model(self, request: Any, obj: Model, form: Any, change: bool) -> None:
        """Nothing where a row was added: the form has done it."""
        if change:
            super().save_model(request, obj, form, change)  # type: ignore[misc]  # as above

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        """Only for a thing of which nothing was ever seen."""
        never_seen = obj is not None and obj.first_seen_at is None
        return never_seen and bool(super().has_delete_permission(request, obj))  # type: ignore[misc]  # as above
