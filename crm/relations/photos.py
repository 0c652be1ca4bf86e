"""A photo as it is stored: small, made anew from its pixels, so that nothing else of the upload comes along."""

import uuid
from io import BytesIO

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

LONGEST_SIDE_PIXELS = 512
LARGEST_UPLOAD_BYTES = 10 * 1024 * 1024
# a small file may unpack to gigabytes; the header says how large, before anything is unpacked
LARGEST_PIXELS = 50_000_000
ACCEPTED = ("JPEG", "PNG", "WEBP", "GIF")
MEDIA_TYPES = {"jpg": "image/jpeg", "png": "image/png"}


def re_encoded(upload) -> ContentFile:
    """The photo of an uploaded file: at most 512 pixels, JPEG, or PNG where it is transparent, under a random name.

    The picture's own data (place, camera) go. Raises ValidationError for anything that is no picture, or too large.
    """
    if upload.size > LARGEST_UPLOAD_BYTES:
        raise ValidationError(_("This file is too large: at most 10 MB."), code="too_large")
    try:
        picture = Image.open(upload, formats=ACCEPTED)
        if picture.width * picture.height > LARGEST_PIXELS:
            raise ValidationError(_("This picture has too many pixels: at most 50 million."), code="too_large")
        picture.draft("RGB", (LONGEST_SIDE_PIXELS, LONGEST_SIDE_PIXELS))
        picture = ImageOps.exif_transpose(picture)
        picture.thumbnail((LONGEST_SIDE_PIXELS, LONGEST_SIDE_PIXELS))
        transparent = picture.has_transparency_data
        picture = picture.convert("RGBA" if transparent else "RGB")
    except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError) as unreadable:
        raise ValidationError(
            _("This is no picture that can be read: JPEG, PNG, WebP or GIF."), code="unreadable"
        ) from (unreadable)
    stored = BytesIO()
    if transparent:
        picture.save(stored, "PNG", optimize=True)
    else:
        picture.save(stored, "JPEG", quality=85)
    return ContentFile(stored.getvalue(), name=f"{uuid.uuid4().hex}.{'png' if transparent else 'jpg'}")
