use std::fmt::Write as _;

use luthier_source::Sources;

use super::{DeclaredField, NameOption, Subject};
use crate::Project;

const MODELS: (&str, &str) = (
    "shop/models.py",
    "\
from django.db import models

class Tag(models.Model):
    label = models.CharField(max_length=9)

class Order(models.Model):
    number = models.IntegerField()
    slug = models.SlugField()
    tags = models.ManyToManyField(Tag)
",
);

fn project(files: &[(&str, &str)]) -> Project {
    let base = [
        (
            "manage.py",
            "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'config.settings')\n",
        ),
        ("config/__init__.py", ""),
        (
            "config/settings.py",
            "INSTALLED_APPS = ['shop']\nAUTH_USER_MODEL = 'shop.Order'\n",
        ),
        ("shop/__init__.py", ""),
        MODELS,
    ];
    Project::from_sources(&Sources::in_memory(&[&base, files].concat()))
}

/// One line a shape, one for each option and each declared field.
fn outline(project: &Project) -> String {
    let mut text = String::new();
    for shape in project.serializers.all() {
        let subject = match shape.subject {
            Subject::Model(id) => project.models.get(id).label.to_string(),
            Subject::None => "-".to_owned(),
            Subject::Unknown => "?".to_owned(),
        };
        let open = if shape.is_open { " open" } else { "" };
        let name = shape.name(&project.modules);
        writeln!(text, "{:?} {name}: {subject}{open}", shape.kind).unwrap();
        for option in &shape.options {
            writeln!(text, "  {}", option_line(project, option)).unwrap();
        }
        for field in &shape.declared {
            writeln!(text, "  {}", field_line(project, field)).unwrap();
        }
    }
    text
}

fn option_line(project: &Project, option: &NameOption) -> String {
    let names = option.names.iter().map(|named| {
        let place = project.modules.value(named.name.place);
        assert_eq!(place.as_str(), Some(&*named.name.text));
        let inner: Vec<&str> = named.inner.iter().map(|name| &*name.text).collect();
        match inner.is_empty() {
            true => named.name.text.to_string(),
            false => format!("{}({})", named.name.text, inner.join(" ")),
        }
    });
    let mut names: Vec<String> = names.collect();
    if option.is_all {
        names.push("<all>".to_owned());
    }
    if !option.is_complete {
        names.push("...".to_owned());
    }
    format!("{} = {}", option.name, names.join(", "))
}

fn field_line(project: &Project, field: &DeclaredField) -> String {
    let class = field.class.as_deref().unwrap_or("?");
    let mut line = format!("+ {}: {class}", field.name);
    if !field.is_certain {
        line.push('?');
    }
    if let Some(source) = &field.source {
        write!(line, " from {}", source.text).unwrap();
    }
    if let Some(nested) = field.nested {
        let many = if field.many == Some(true) {
            " many"
        } else {
            ""
        };
        write!(line, " nests{many} {}", project.modules.class_name(nested)).unwrap();
    }
    line
}

fn check(file: &str, code: &str, expected: &str) {
    let project = project(&[(file, code)]);
    assert_eq!(outline(&project), expected);
}

#[test]
fn serializers_with_their_meta_and_declared_fields() {
    check(
        "shop/serializers.py",
        "\
from rest_framework import serializers
from .models import Order, Tag

COMMON = ('id',)

class TagSerializer(serializers.ModelSerializer):
    class Meta:
        model = Tag
        fields = '__all__'

class Base(serializers.ModelSerializer):
    hidden = serializers.CharField()
    tags = TagSerializer(many=True, read_only=True)
    labels = serializers.ListSerializer(child=TagSerializer(), source='tags')
    made = make_field()

    class Meta:
        model = Order
        fields = COMMON + ('number', *['slug'])
        extra_kwargs = {'slug': {'read_only': True}}

class Child(Base):
    hidden = None

    class Meta(Base.Meta):
        fields = [*Base.Meta.fields, 'other', name()]
",
        "\
Serializer TagSerializer: shop.Tag
  fields = <all>
Serializer Base: shop.Order
  fields = id, number, slug
  extra_kwargs = slug
  + hidden: rest_framework.serializers.CharField
  + tags: shop.serializers.TagSerializer nests many TagSerializer
  + labels: rest_framework.serializers.ListSerializer from tags nests many TagSerializer
  + made: ??
Serializer Child: shop.Order
  fields = id, number, slug, other, ...
  extra_kwargs = slug
  + tags: shop.serializers.TagSerializer nests many TagSerializer
  + labels: rest_framework.serializers.ListSerializer from tags nests many TagSerializer
  + made: ??
",
    );
}

#[test]
fn bases_that_are_not_there_leave_serializers_open() {
    check(
        "shop/serializers.py",
        "\
from far.away import Mixin, Unheard
from rest_framework import serializers
from .models import Order

class Plain:
    lost = serializers.CharField()

class Some(Plain, serializers.Serializer):
    pass

class Mixed(Mixin, serializers.ModelSerializer):
    class Meta:
        model = Order
        fields = ['a']

class Chosen(serializers.ModelSerializer):
    class Meta:
        model = pick()
        exclude = ('number',)

    def get_fields(self):
        return {}

class Strange(Unheard):
    class Meta:
        model = Order
        fields = ['a']
",
        "\
Serializer Some: -
Serializer Mixed: shop.Order open
  fields = a
Serializer Chosen: ? open
  exclude = number
",
    );
}

#[test]
fn forms_and_their_factories() {
    check(
        "shop/forms.py",
        "\
from django import forms
from django.apps import apps
from django.contrib.auth import get_user_model
from django.forms import inlineformset_factory, modelform_factory
from .models import Order, Tag

LABELS = {'number': 'No.'}

class OrderForm(forms.ModelForm):
    note = forms.CharField()
    agree = forms.BooleanField()

    class Meta:
        model = get_user_model()
        fields = ('number', 'slug')
        widgets = {'slug': forms.TextInput}
        labels = LABELS | {'slug': 'S'}

class Short(OrderForm):
    note = None

TagForm = modelform_factory(Tag, fields=['label'], form=OrderForm)

def formsets():
    return inlineformset_factory(Order, Order.tags.through, exclude=[], **options())

class Got(forms.ModelForm):
    class Meta:
        model = apps.get_model('shop', 'tag')
        fields = None
",
        "\
Form OrderForm: shop.Order
  fields = number, slug
  widgets = slug
  labels = number, slug
  + note: django.forms.CharField
  + agree: django.forms.BooleanField
Form Short: shop.Order
  fields = number, slug
  widgets = slug
  labels = number, slug
  + agree: django.forms.BooleanField
Form Got: shop.Tag
Form modelform_factory: shop.Tag
  fields = label
  + note: django.forms.CharField
  + agree: django.forms.BooleanField
Form inlineformset_factory: shop.Order_tags open
  exclude = 
",
    );
}

#[test]
fn filter_sets_with_lists_and_dicts() {
    check(
        "shop/filters.py",
        "\
import django_filters
from .models import Order

class OrderFilter(django_filters.FilterSet):
    since = django_filters.DateFilter('made', lookup_expr='gte')
    tag = django_filters.CharFilter(field_name='tags__label')

    class Meta:
        model = Order
        fields = {'number': ['lt', 'gt'], 'tags__label': ['exact']}

class Short(OrderFilter):
    class Meta(OrderFilter.Meta):
        fields = ['number']
",
        "\
FilterSet OrderFilter: shop.Order
  fields = number(lt gt), tags__label(exact)
  + since: django_filters.DateFilter from made
  + tag: django_filters.CharFilter from tags__label
FilterSet Short: shop.Order
  fields = number
  + since: django_filters.DateFilter from made
  + tag: django_filters.CharFilter from tags__label
",
    );
}

#[test]
fn admin_classes_with_the_models_they_are_registered_for() {
    check(
        "shop/admin.py",
        "\
from django import forms
from django.contrib import admin
from .models import Order, Tag

class TagInline(admin.TabularInline):
    model = Order.tags.through
    fields = ['tag']

class TagForm(forms.ModelForm):
    extra = forms.CharField()

class Base(admin.ModelAdmin):
    list_display = ['number', lambda row: row.pk]

@admin.register(Order)
class OrderAdmin(Base):
    list_filter = ['slug', ('tags', admin.RelatedOnlyFieldListFilter)]
    fieldsets = [(None, {'fields': ('number', ('slug', 'tags'))}), ('More', {'fields': []})]
    prepopulated_fields = {'slug': ('number',)}
    date_hierarchy = 'made'
    inlines = [TagInline]

class Both(admin.ModelAdmin):
    form = TagForm
    search_fields = ('=label',)

admin.site.register([Tag, Order], admin_class=Both)
",
        "\
Inline TagInline: shop.Order_tags
  fields = tag
Form TagForm: -
  + extra: django.forms.CharField
Admin Base: -
  list_display = number
Admin OrderAdmin: shop.Order
  list_display = number
  list_filter = slug, tags
  date_hierarchy = made
  fieldsets = number, slug, tags
  prepopulated_fields = slug(number)
Admin Both: shop.Tag
  search_fields = =label
  + extra: django.forms.CharField
Admin Both: shop.Order
  search_fields = =label
  + extra: django.forms.CharField
",
    );
}

#[test]
fn what_declares_or_binds_a_name() {
    let project = project(&[(
        "shop/admin.py",
        "\
from django.contrib import admin
from far.away import Mixin
from .models import Order

class Known(admin.ModelAdmin):
    def total(self, row): pass

class Open(Mixin, admin.ModelAdmin):
    pass

admin.site.register(Order, Known)
admin.site.register(Order, Open)
",
    )]);
    let [known, open] = project.serializers.all() else {
        panic!("{}", outline(&project));
    };
    let modules = &project.modules;
    assert_eq!(known.has_attribute(modules, "total"), Some(true));
    assert_eq!(known.has_attribute(modules, "sum"), Some(false));
    assert_eq!(open.has_attribute(modules, "sum"), None);
    assert_eq!(known.declares("sum"), Some(false));
    assert_eq!(open.declares("sum"), None);
}

#[test]
fn what_is_stored_for_an_empty_text_is_known() {
    let project = project(&[
        (
            "shop/notes.py",
            "\
from django.db import models

class Note(models.Model):
    line = models.CharField(max_length=9, null=True, blank=True)
    text = models.TextField(null=True, blank=True)
    mood = models.TextField(null=True, blank=True, choices=[('a', 'A')])
    needed = models.TextField(null=True)
",
        ),
        (
            "shop/shapes.py",
            "\
from django import forms
from django.contrib import admin
from rest_framework import serializers
from shop.notes import Note

class ByModel(forms.ModelForm):
    class Meta:
        model = Note
        fields = '__all__'

class Declared(forms.ModelForm):
    line = forms.CharField(required=False)
    text = forms.CharField(required=False, empty_value=None)
    needed = forms.CharField()
    class Meta:
        model = Note
        fields = ['line', 'text', 'needed']

class Cleaned(ByModel):
    def clean_text(self):
        return self.cleaned_data['text'] or None

class Rest(serializers.ModelSerializer):
    class Meta:
        model = Note
        exclude = ['mood']

@admin.register(Note)
class NoteAdmin(admin.ModelAdmin):
    fields = ['line', 'text']

@admin.register(Note)
class ReadOnly(admin.ModelAdmin):
    readonly_fields = ['text']
",
        ),
    ]);
    let mut models = project.models.all();
    let (note, _) = models.find(|(_, model)| &*model.name == "Note").unwrap();
    let lines: Vec<String> = project
        .serializers
        .all()
        .iter()
        .map(|shape| {
            let fields = project.models.fields(note).into_iter();
            let stored = fields
                .filter(|(_, field)| shape.stores_empty(&project.modules, field))
                .map(|(_, field)| field.name.to_string());
            let stored: Vec<String> = stored.collect();
            format!("{}: {}", shape.name(&project.modules), stored.join(" "))
        })
        .collect();
    assert_eq!(
        lines,
        [
            "ByModel: text",
            "Declared: line",
            "Cleaned: ",
            "Rest: line text",
            "NoteAdmin: text",
            "ReadOnly: ",
        ]
    );
}

#[test]
fn serializers_that_take_data_are_told_from_those_that_show_it() {
    let project = project(&[(
        "shop/api.py",
        "\
from rest_framework import serializers, viewsets

class Shown(serializers.Serializer): pass
class Taken(serializers.Serializer): pass
class Called(serializers.Serializer): pass
class Chosen(serializers.Serializer): pass

class Read(viewsets.ReadOnlyModelViewSet):
    serializer_class = Shown

class Write(viewsets.ModelViewSet):
    serializer_class = Taken

class Choice(viewsets.ModelViewSet):
    serializer_class = Chosen
    def get_serializer_class(self): return Taken

def view(request):
    return Called(data=request.data), Shown(request.user)
",
    )]);
    let own: Vec<_> = project.own_modules().collect();
    let written = crate::Serializers::written(&project.modules, &own);
    let mut names: Vec<&str> = written
        .iter()
        .map(|class| project.modules.class_name(*class))
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["Called", "Taken"]);
}
