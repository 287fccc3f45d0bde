"""A VAE of sentences: python -m sentence_vae.train"""
from __future__ import absolute_import

__version__ = '0.1.2'
