//! Django's own field classes: what each is, and what its constructor does.

use FieldKind as Kind;

/// What a field is, seen through its bases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FieldKind {
    Auto,
    BigAuto,
    SmallAuto,
    Binary,
    Boolean,
    Char,
    Date,
    DateTime,
    Decimal,
    Duration,
    Email,
    File,
    FilePath,
    Float,
    Image,
    Integer,
    BigInteger,
    SmallInteger,
    PositiveInteger,
    PositiveBigInteger,
    PositiveSmallInteger,
    IpAddress,
    GenericIpAddress,
    Json,
    Slug,
    Text,
    Time,
    Url,
    Uuid,
    CommaSeparatedInteger,
    NullBoolean,
    Generated,
    CompositePrimaryKey,
    /// The `_order` that `order_with_respect_to` adds.
    OrderWrt,
    Array,
    HStore,
    Range,
    SearchVector,
    /// A geometry of `django.contrib.gis`.
    Geometry,
    ForeignKey,
    OneToOne,
    ManyToMany,
    ForeignObject,
    GenericForeignKey,
    GenericRelation,
    /// `TaggableManager` of taggit.
    Tags,
    /// Derived from `Field` itself: only the project knows what it stores.
    Other,
    /// Its class could not be worked out.
    Unknown,
}

impl FieldKind {
    pub fn is_relation(self) -> bool {
        matches!(
            self,
            Kind::ForeignKey
                | Kind::OneToOne
                | Kind::ManyToMany
                | Kind::ForeignObject
                | Kind::GenericForeignKey
                | Kind::GenericRelation
                | Kind::Tags
        )
    }

    /// One row at the far end, found through a column of this table.
    pub fn is_foreign_key(self) -> bool {
        matches!(self, Kind::ForeignKey | Kind::OneToOne)
    }

    /// Stored as text.
    pub fn is_text(self) -> bool {
        matches!(
            self,
            Kind::Char
                | Kind::Email
                | Kind::File
                | Kind::FilePath
                | Kind::Image
                | Kind::Slug
                | Kind::Text
                | Kind::Url
                | Kind::CommaSeparatedInteger
        )
    }

    /// Holds a number that is counted or measured, and is no key that the database gives.
    pub fn is_number(self) -> bool {
        matches!(
            self,
            Kind::BigInteger
                | Kind::Decimal
                | Kind::Float
                | Kind::Integer
                | Kind::PositiveBigInteger
                | Kind::PositiveInteger
                | Kind::PositiveSmallInteger
                | Kind::SmallInteger
        )
    }

    pub fn is_auto(self) -> bool {
        matches!(self, Kind::Auto | Kind::BigAuto | Kind::SmallAuto)
    }

    /// Kept in `Options.private_fields`.
    pub fn is_private(self) -> bool {
        matches!(self, Kind::GenericForeignKey | Kind::GenericRelation)
    }

    /// Whether the table has a column for it; `None` where only the project knows.
    pub fn has_column(self) -> Option<bool> {
        match self {
            Kind::Unknown => None,
            Kind::ManyToMany
            | Kind::Tags
            | Kind::ForeignObject
            | Kind::GenericForeignKey
            | Kind::GenericRelation
            | Kind::CompositePrimaryKey => Some(false),
            _ => Some(true),
        }
    }
}

/// One of Django's field classes.
#[derive(Clone, Copy, Debug)]
pub(super) struct DjangoField {
    pub(super) class: &'static str,
    /// The module that defines it.
    pub(super) module: &'static str,
    pub(super) kind: FieldKind,
    /// What `get_internal_type` says of it and of classes derived from it; empty where each class
    /// says its own name.
    pub(super) internal_type: &'static str,
    /// Names of the constructor's positional parameters.
    pub(super) parameters: &'static [&'static str],
    pub(super) max_length: Option<i64>,
}

const FIELD: &[&str] = &[
    "verbose_name",
    "name",
    "primary_key",
    "max_length",
    "unique",
    "blank",
    "null",
    "db_index",
    "rel",
    "default",
    "editable",
    "serialize",
    "unique_for_date",
    "unique_for_month",
    "unique_for_year",
    "choices",
    "help_text",
    "db_column",
    "db_tablespace",
    "auto_created",
    "validators",
    "error_messages",
];
const AUTO_NOW: &[&str] = &["verbose_name", "name", "auto_now", "auto_now_add"];
const FILE: &[&str] = &["verbose_name", "name", "upload_to", "storage"];
const FOREIGN_KEY: &[&str] = &[
    "to",
    "on_delete",
    "related_name",
    "related_query_name",
    "limit_choices_to",
    "parent_link",
    "to_field",
    "db_constraint",
];
const MANY_TO_MANY: &[&str] = &[
    "to",
    "related_name",
    "related_query_name",
    "limit_choices_to",
    "symmetrical",
    "through",
    "through_fields",
    "db_constraint",
    "db_table",
    "swappable",
];
const GENERIC_RELATION: &[&str] = &[
    "to",
    "object_id_field",
    "content_type_field",
    "for_concrete_model",
    "related_query_name",
    "limit_choices_to",
];

const FIELDS: &str = "django.db.models.fields";
const RELATED: &str = "django.db.models.fields.related";
const GENERIC: &str = "django.contrib.contenttypes.fields";
const POSTGRES: &str = "django.contrib.postgres.fields";
const GIS: &str = "django.contrib.gis.db.models.fields";

const fn plain(class: &'static str, kind: FieldKind, internal_type: &'static str) -> DjangoField {
    DjangoField {
        class,
        module: FIELDS,
        kind,
        internal_type,
        parameters: FIELD,
        max_length: None,
    }
}

const fn of(
    class: &'static str,
    module: &'static str,
    kind: FieldKind,
    internal_type: &'static str,
    parameters: &'static [&'static str],
) -> DjangoField {
    DjangoField {
        class,
        module,
        kind,
        internal_type,
        parameters,
        max_length: None,
    }
}

const fn sized(field: DjangoField, max_length: i64) -> DjangoField {
    DjangoField {
        max_length: Some(max_length),
        ..field
    }
}

const fn taking(field: DjangoField, parameters: &'static [&'static str]) -> DjangoField {
    DjangoField {
        parameters,
        ..field
    }
}

/// By class name, sorted.
static DJANGO_FIELDS: &[DjangoField] = &[
    of(
        "ArrayField",
        "django.contrib.postgres.fields.array",
        Kind::Array,
        "",
        &["base_field", "size"],
    ),
    plain("AutoField", Kind::Auto, "AutoField"),
    plain("BigAutoField", Kind::BigAuto, "BigAutoField"),
    plain("BigIntegerField", Kind::BigInteger, "BigIntegerField"),
    of(
        "BigIntegerRangeField",
        "django.contrib.postgres.fields.ranges",
        Kind::Range,
        "",
        FIELD,
    ),
    plain("BinaryField", Kind::Binary, "BinaryField"),
    plain("BooleanField", Kind::Boolean, "BooleanField"),
    of(
        "CICharField",
        "django.contrib.postgres.fields.citext",
        Kind::Char,
        "CharField",
        FIELD,
    ),
    sized(
        of(
            "CIEmailField",
            "django.contrib.postgres.fields.citext",
            Kind::Email,
            "CharField",
            FIELD,
        ),
        254,
    ),
    of(
        "CITextField",
        "django.contrib.postgres.fields.citext",
        Kind::Text,
        "TextField",
        FIELD,
    ),
    plain("CharField", Kind::Char, "CharField"),
    plain(
        "CommaSeparatedIntegerField",
        Kind::CommaSeparatedInteger,
        "CharField",
    ),
    of(
        "CompositePrimaryKey",
        "django.db.models.fields.composite",
        Kind::CompositePrimaryKey,
        "",
        &[],
    ),
    taking(plain("DateField", Kind::Date, "DateField"), AUTO_NOW),
    of(
        "DateRangeField",
        "django.contrib.postgres.fields.ranges",
        Kind::Range,
        "",
        FIELD,
    ),
    taking(
        plain("DateTimeField", Kind::DateTime, "DateTimeField"),
        AUTO_NOW,
    ),
    of(
        "DateTimeRangeField",
        "django.contrib.postgres.fields.ranges",
        Kind::Range,
        "",
        FIELD,
    ),
    taking(
        plain("DecimalField", Kind::Decimal, "DecimalField"),
        &["verbose_name", "name", "max_digits", "decimal_places"],
    ),
    of(
        "DecimalRangeField",
        "django.contrib.postgres.fields.ranges",
        Kind::Range,
        "",
        FIELD,
    ),
    plain("DurationField", Kind::Duration, "DurationField"),
    sized(plain("EmailField", Kind::Email, "CharField"), 254),
    of("Field", FIELDS, Kind::Other, "", FIELD),
    sized(
        of(
            "FileField",
            "django.db.models.fields.files",
            Kind::File,
            "FileField",
            FILE,
        ),
        100,
    ),
    sized(
        taking(
            plain("FilePathField", Kind::FilePath, "FilePathField"),
            &[
                "verbose_name",
                "name",
                "path",
                "match",
                "recursive",
                "allow_files",
                "allow_folders",
            ],
        ),
        100,
    ),
    plain("FloatField", Kind::Float, "FloatField"),
    of("ForeignKey", RELATED, Kind::ForeignKey, "", FOREIGN_KEY),
    of(
        "ForeignObject",
        RELATED,
        Kind::ForeignObject,
        "",
        &[
            "to",
            "on_delete",
            "from_fields",
            "to_fields",
            "rel",
            "related_name",
            "related_query_name",
        ],
    ),
    of(
        "GeneratedField",
        "django.db.models.fields.generated",
        Kind::Generated,
        "",
        &[],
    ),
    of(
        "GenericForeignKey",
        GENERIC,
        Kind::GenericForeignKey,
        "",
        &["ct_field", "fk_field", "for_concrete_model"],
    ),
    sized(
        taking(
            plain(
                "GenericIPAddressField",
                Kind::GenericIpAddress,
                "GenericIPAddressField",
            ),
            &["verbose_name", "name", "protocol", "unpack_ipv4"],
        ),
        39,
    ),
    of(
        "GenericRelation",
        GENERIC,
        Kind::GenericRelation,
        "ManyToManyField",
        GENERIC_RELATION,
    ),
    of("GeometryCollectionField", GIS, Kind::Geometry, "", FIELD),
    of("GeometryField", GIS, Kind::Geometry, "", FIELD),
    of(
        "HStoreField",
        "django.contrib.postgres.fields.hstore",
        Kind::HStore,
        "",
        FIELD,
    ),
    sized(
        plain("IPAddressField", Kind::IpAddress, "IPAddressField"),
        15,
    ),
    sized(
        of(
            "ImageField",
            "django.db.models.fields.files",
            Kind::Image,
            "FileField",
            &["verbose_name", "name", "width_field", "height_field"],
        ),
        100,
    ),
    plain("IntegerField", Kind::Integer, "IntegerField"),
    of(
        "IntegerRangeField",
        "django.contrib.postgres.fields.ranges",
        Kind::Range,
        "",
        FIELD,
    ),
    of(
        "JSONField",
        "django.db.models.fields.json",
        Kind::Json,
        "JSONField",
        &["verbose_name", "name", "encoder", "decoder"],
    ),
    of("LineStringField", GIS, Kind::Geometry, "", FIELD),
    of(
        "ManyToManyField",
        RELATED,
        Kind::ManyToMany,
        "",
        MANY_TO_MANY,
    ),
    of("MultiLineStringField", GIS, Kind::Geometry, "", FIELD),
    of("MultiPointField", GIS, Kind::Geometry, "", FIELD),
    of("MultiPolygonField", GIS, Kind::Geometry, "", FIELD),
    plain("NullBooleanField", Kind::NullBoolean, "NullBooleanField"),
    of(
        "OneToOneField",
        RELATED,
        Kind::OneToOne,
        "",
        &["to", "on_delete", "to_field"],
    ),
    of(
        "OrderWrt",
        "django.db.models.fields.proxy",
        Kind::OrderWrt,
        "IntegerField",
        &[],
    ),
    of("PointField", GIS, Kind::Geometry, "", FIELD),
    of("PolygonField", GIS, Kind::Geometry, "", FIELD),
    plain(
        "PositiveBigIntegerField",
        Kind::PositiveBigInteger,
        "PositiveBigIntegerField",
    ),
    plain(
        "PositiveIntegerField",
        Kind::PositiveInteger,
        "PositiveIntegerField",
    ),
    plain(
        "PositiveSmallIntegerField",
        Kind::PositiveSmallInteger,
        "PositiveSmallIntegerField",
    ),
    of(
        "RangeField",
        "django.contrib.postgres.fields.ranges",
        Kind::Range,
        "",
        FIELD,
    ),
    of("RasterField", GIS, Kind::Geometry, "", FIELD),
    of(
        "SearchVectorField",
        "django.contrib.postgres.search",
        Kind::SearchVector,
        "",
        FIELD,
    ),
    sized(plain("SlugField", Kind::Slug, "SlugField"), 50),
    plain("SmallAutoField", Kind::SmallAuto, "SmallAutoField"),
    plain("SmallIntegerField", Kind::SmallInteger, "SmallIntegerField"),
    plain("TextField", Kind::Text, "TextField"),
    taking(plain("TimeField", Kind::Time, "TimeField"), AUTO_NOW),
    sized(plain("URLField", Kind::Url, "CharField"), 200),
    sized(
        taking(
            plain("UUIDField", Kind::Uuid, "UUIDField"),
            &["verbose_name"],
        ),
        32,
    ),
];

/// taggit's field, which other packages derive from.
static TAGGABLE_MANAGER: DjangoField = of(
    "TaggableManager",
    "taggit.managers",
    Kind::Tags,
    "ManyToManyField",
    &[
        "verbose_name",
        "help_text",
        "through",
        "blank",
        "related_name",
        "to",
        "ordering",
        "manager",
    ],
);

/// Django's field class of this dotted name, however it was imported.
pub(super) fn django_field(dotted: &str) -> Option<&'static DjangoField> {
    let (module, class) = dotted.rsplit_once('.')?;
    if class == "TaggableManager" && module.starts_with("taggit") {
        return Some(&TAGGABLE_MANAGER);
    }
    let is_fields_module = module.starts_with("django.db.models")
        || module.starts_with(GENERIC)
        || module.starts_with(POSTGRES)
        || module.starts_with("django.contrib.postgres.search")
        || module.starts_with("django.contrib.gis.db.models");
    if !is_fields_module {
        return None;
    }
    let index = DJANGO_FIELDS
        .binary_search_by_key(&class, |field| field.class)
        .ok()?;
    Some(&DJANGO_FIELDS[index])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_by_any_of_their_names() {
        assert!(DJANGO_FIELDS.is_sorted_by_key(|field| field.class));
        let kind = |dotted| django_field(dotted).map(|field| field.kind);
        assert_eq!(kind("django.db.models.CharField"), Some(Kind::Char));
        assert_eq!(kind("django.db.models.fields.CharField"), Some(Kind::Char));
        assert_eq!(
            kind("django.contrib.postgres.fields.JSONField"),
            Some(Kind::Json)
        );
        assert_eq!(kind("django.forms.CharField"), None);
        assert_eq!(kind("django.db.models.Model"), None);
    }
}
