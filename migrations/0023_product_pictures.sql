-- Who names a picture: asked before a replaced one is removed.

CREATE INDEX products_by_picture ON products (image) WHERE image IS NOT NULL;
