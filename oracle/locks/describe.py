"""What an operation changes, in the words of `luthier_project::django::operations::Change`.

Taken from the real Django's states before and after the operation, not from its arguments.
"""

from django.db import models
from django.db.models.constraints import CheckConstraint, UniqueConstraint

AUTO_INTEGERS = {
    "AutoField": "IntegerField",
    "BigAutoField": "BigIntegerField",
    "SmallAutoField": "SmallIntegerField",
}


class Describer:
    def __init__(self, connection, case, before, after):
        self.connection = connection
        self.case = case
        self.before = before
        self.after = after

    def changes(self):
        """One operation may come to several changes."""
        describe = getattr(self, self.case.operation.__class__.__name__, None)
        return list(describe(self.case.operation)) if describe else []

    def model(self, apps, name):
        return apps.get_model("app", name)

    # Columns

    def type(self, field):
        """The internal type and sizes of a column; of a foreign key, those of what it refers to."""
        if field.remote_field:
            target = self.type(field.target_field)
            name = target["name"]
            return {**target, "name": AUTO_INTEGERS.get(name, name)}
        if getattr(field, "generated", False):
            return self.type(field.output_field)
        of = {
            "name": field.get_internal_type(),
            "max_length": field.max_length,
            "max_digits": getattr(field, "max_digits", None),
            "decimal_places": getattr(field, "decimal_places", None),
        }
        if of["name"] == "ArrayField":
            of["base"] = self.type(field.base_field)
        if field.db_type(self.connection) == "citext":
            of["name"] = "citext"
        return of

    def column(self, field):
        reference = None
        if field.remote_field:
            reference = {
                "constraint": field.db_constraint,
                "to_itself": field.remote_field.model is field.model,
                "table": field.remote_field.model._meta.db_table,
            }
        default = "nothing"
        if field.has_default():
            default = "given_empty" if field.get_default() in ("", b"") else "given"
        elif self.connection.schema_editor()._effective_default(field) is not None:
            default = "implied"
        db_default = None
        if getattr(field, "db_default", models.NOT_PROVIDED) is not models.NOT_PROVIDED:
            db_default = self.case.facts.get("db_default", "literal")
        generated = None
        if getattr(field, "generated", False):
            generated = "stored" if field.db_persist else "virtual"
        return {
            "name": field.column,
            "type": self.type(field),
            "null": field.null,
            "primary_key": field.primary_key,
            "unique": field.unique,
            "index": field.db_index,
            "reference": reference,
            "default": default,
            "db_default": db_default,
            "generated": generated,
            "collation": getattr(field, "db_collation", None),
            "comment": getattr(field, "db_comment", None),
        }

    # Tables that a change reaches beside its own

    def referenced(self, model):
        tables = {
            field.remote_field.model._meta.db_table
            for field in model._meta.local_fields
            if field.remote_field and field.db_constraint
        }
        return sorted(tables - {model._meta.db_table})

    def foreign_keys_to(self, model, field=None):
        """Foreign keys of other tables to the model, or to one of its fields."""
        for relation in model._meta.get_fields(include_hidden=True):
            if relation.concrete or not relation.auto_created or relation.many_to_many:
                continue
            key = relation.field
            if key.db_constraint and key.model is not model and field in (None, key.target_field):
                yield key

    def referencing(self, model, field=None):
        return sorted({key.model._meta.db_table for key in self.foreign_keys_to(model, field)})

    def count_referencing(self, model, field):
        return len(list(self.foreign_keys_to(model, field)))

    def change(self, kind, model, *, referenced=(), referencing=(), **rest):
        return {
            "change": kind,
            "table": model._meta.db_table,
            "referenced": list(referenced),
            "referencing": list(referencing),
            **rest,
        }

    # Operations

    def AddField(self, operation):
        model = self.model(self.after, operation.model_name)
        field = model._meta.get_field(operation.name)
        if field.many_to_many:
            yield from self.created(field.remote_field.through)
        else:
            yield self.added(model, field)

    def added(self, model, field):
        referenced = []
        if field.remote_field and field.db_constraint:
            referenced = [field.remote_field.model._meta.db_table]
        return self.change("add_column", model, column=self.column(field), referenced=referenced)

    def RemoveField(self, operation):
        model = self.model(self.before, operation.model_name)
        field = model._meta.get_field(operation.name)
        if field.many_to_many:
            yield from self.dropped(field.remote_field.through)
        else:
            referenced = [field.remote_field.model._meta.db_table] if field.remote_field else []
            yield self.change(
                "drop_column", model, column=self.column(field), referenced=referenced
            )

    def AlterField(self, operation):
        before = self.model(self.before, operation.model_name)
        after = self.model(self.after, operation.model_name)
        old = before._meta.get_field(operation.name)
        new = after._meta.get_field(operation.name)
        yield self.altered(before, old, new)

    def altered(self, model, old, new):
        with_keys = [field for field in (old, new) if field.remote_field and field.db_constraint]
        return self.change(
            "alter_column",
            model,
            differs=self.connection.schema_editor()._field_should_be_altered(old, new),
            **{"from": self.column(old), "to": self.column(new)},
            same_default=old.default == new.default,
            referenced_by=self.count_referencing(model, old),
            in_check=self.case.facts.get("in_check", False),
            checked_not_null=self.case.facts.get("checked_not_null", False),
            referenced=sorted({field.remote_field.model._meta.db_table for field in with_keys}),
            referencing=self.referencing(model, old),
        )

    def RenameField(self, operation):
        before = self.model(self.before, operation.model_name)
        after = self.model(self.after, operation.model_name)
        old = before._meta.get_field(operation.old_name)
        new = after._meta.get_field(operation.new_name)
        if old.many_to_many:
            yield self.change("rename_through", old.remote_field.through)
        else:
            yield self.altered(before, old, new)

    def RenameModel(self, operation):
        old = self.model(self.before, operation.old_name)
        yield self.change("rename_table", old)
        for relation in old._meta.related_objects:
            to = self.after.get_model("app", relation.related_model.__name__)
            field = to._meta.get_field(relation.field.name)
            altered = self.altered(relation.related_model, relation.field, field)
            yield {**altered, "referenced": [old._meta.db_table]}

    def AlterModelTable(self, operation):
        old = self.model(self.before, operation.name)
        new = self.model(self.after, operation.name)
        if old._meta.db_table != new._meta.db_table:
            yield self.change("rename_table", old)

    def AlterModelTableComment(self, operation):
        yield self.change("comment_table", self.model(self.after, operation.name))

    def CreateModel(self, operation):
        yield from self.created(self.model(self.after, operation.name))

    def created(self, model):
        options = model._meta
        yield self.change(
            "create_table",
            model,
            columns=[self.column(field) for field in options.local_fields],
            unique_together=len(options.unique_together),
            indexes=len(options.indexes),
            referenced=self.referenced(model),
        )

    def DeleteModel(self, operation):
        yield from self.dropped(self.model(self.before, operation.name))

    def dropped(self, model):
        yield self.change(
            "drop_table",
            model,
            referenced=self.referenced(model),
            referencing=self.referencing(model),
        )

    def AddIndex(self, operation, concurrently=False):
        yield self.change(
            "add_index",
            self.model(self.after, operation.model_name),
            concurrently=concurrently,
            expressions=bool(getattr(operation.index, "expressions", ())),
        )

    def AddIndexConcurrently(self, operation):
        return self.AddIndex(operation, True)

    def RemoveIndex(self, operation, concurrently=False):
        model = self.model(self.before, operation.model_name)
        (index,) = [index for index in model._meta.indexes if index.name == operation.name]
        yield self.change(
            "remove_index",
            model,
            concurrently=concurrently,
            expressions=bool(getattr(index, "expressions", ())),
        )

    def RemoveIndexConcurrently(self, operation):
        return self.RemoveIndex(operation, True)

    def RenameIndex(self, operation):
        yield self.change("rename_index", self.model(self.after, operation.model_name))

    def together(self, operation, option, added, removed):
        before = self.model(self.before, operation.name)
        after = self.model(self.after, operation.name)
        old = set(before._meta.original_attrs.get(option) or ())
        new = set(after._meta.original_attrs.get(option) or ())
        for _ in old - new:
            yield self.change(removed[0], before, **removed[1])
        for _ in new - old:
            yield self.change(added[0], after, **added[1])

    def AlterUniqueTogether(self, operation):
        unique = {"constraint": "unique_together"}
        return self.together(
            operation,
            "unique_together",
            ("add_constraint", {**unique, "not_valid": False}),
            ("remove_constraint", unique),
        )

    def AlterIndexTogether(self, operation):
        index = {"concurrently": False, "expressions": False}
        return self.together(
            operation, "index_together", ("add_index", index), ("remove_index", index)
        )

    def AlterOrderWithRespectTo(self, operation):
        after = self.model(self.after, operation.name)
        added = self.added(after, after._meta.get_field("_order"))
        # The operation gives it one where it has none.
        yield {**added, "column": {**added["column"], "default": "given"}}

    def kind(self, constraint):
        if isinstance(constraint, CheckConstraint):
            return "check"
        if not isinstance(constraint, UniqueConstraint):
            return "exclusion"
        kinds = {
            "condition": "unique_where",
            "expressions": "unique_expressions",
            "include": "unique_covering",
            "opclasses": "unique_covering",
            "deferrable": "unique_deferrable",
        }
        for option, kind in kinds.items():
            if getattr(constraint, option, None):
                return kind
        is_plain = getattr(constraint, "nulls_distinct", None) is None
        return "unique" if is_plain else "unique_nulls"

    def AddConstraint(self, operation, not_valid=False):
        yield self.change(
            "add_constraint",
            self.model(self.after, operation.model_name),
            constraint=self.kind(operation.constraint),
            not_valid=not_valid,
        )

    def AddConstraintNotValid(self, operation):
        return self.AddConstraint(operation, True)

    def ValidateConstraint(self, operation):
        yield self.change("validate_constraint", self.model(self.after, operation.model_name))

    def RemoveConstraint(self, operation):
        model = self.model(self.before, operation.model_name)
        (constraint,) = [c for c in model._meta.constraints if c.name == operation.name]
        yield self.change("remove_constraint", model, constraint=self.kind(constraint))

    def CreateExtension(self, operation):
        yield {"change": "create_extension", "referenced": [], "referencing": []}

    def CreateCollation(self, operation):
        yield {"change": "create_collation", "referenced": [], "referencing": []}

    def RemoveCollation(self, operation):
        yield {"change": "remove_collation", "referenced": [], "referencing": []}

    def RunSQL(self, operation):
        yield {
            "change": "statement",
            "table": "app_thing",
            "actions": self.case.facts["actions"],
            "referenced": self.case.facts.get("referenced", []),
            "referencing": [],
        }
