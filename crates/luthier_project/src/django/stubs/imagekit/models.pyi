from imagekit.models.fields import ProcessedImageField as ProcessedImageField
