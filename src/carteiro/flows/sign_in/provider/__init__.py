"""An application sends somebody here and gets them back: OpenID Connect as a journey."""
