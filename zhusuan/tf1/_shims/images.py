"""`scipy.misc` on images, which SciPy 1.2 removed: through Pillow."""
import numpy as np

__all__ = ["bytescale", "fromimage", "imread", "imresize", "imrotate", "imsave",
           "toimage"]


def _pillow():
    try:
        from PIL import Image
    except ImportError:
        raise ImportError(
            "Functions for images of scipy.misc require Pillow, which is not "
            "installed. Install it by: pip install pillow", name="PIL") from None
    return Image


def imread(name, flatten=False, mode=None):
    """The image in a file, as an array of shape [height, width(, channels)]."""
    with _pillow().open(name) as image:
        return fromimage(image, flatten, mode)


def imsave(name, arr, format=None):
    """Write an array [height, width(, channels)], rescaled to 0..255, to a file."""
    image = toimage(arr, channel_axis=2)
    image.save(name) if format is None else image.save(name, format)


def imresize(arr, size, interp="bilinear", mode=None):
    """An array of bytes of another size.

    :param size: Percentage (int), fraction (float), or the height and width.
    """
    image = toimage(arr, mode=mode)
    if np.issubdtype(type(size), np.signedinteger):
        size = size / 100.
    if np.ndim(size) == 0:
        width, height = (int(n * size) for n in image.size)
    else:
        height, width = size[0], size[1]
    return fromimage(image.resize((width, height), _filter(interp)))


def imrotate(arr, angle, interp="bilinear"):
    """An array of bytes turned counter-clockwise by an angle in degrees."""
    return fromimage(toimage(arr).rotate(angle, _filter(interp)))


def _filter(name):
    image = _pillow()
    return {"nearest": image.NEAREST, "lanczos": image.LANCZOS,
            "bilinear": image.BILINEAR, "bicubic": image.BICUBIC,
            "cubic": image.BICUBIC}[name]


def fromimage(im, flatten=False, mode=None):
    """The pixels of a Pillow image; `flatten` gives gray values as float32."""
    if mode is None and im.mode == "P":
        mode = "RGBA" if "transparency" in im.info else "RGB"
    if mode is not None and mode != im.mode:
        im = im.convert(mode)
    if flatten:
        im = im.convert("F")
    elif im.mode == "1":
        im = im.convert("L")
    return np.array(im)


def bytescale(data, cmin=None, cmax=None, high=255, low=0):
    """Map `cmin`..`cmax` (by default the range of the data) to bytes `low`..`high`."""
    data = np.asarray(data)
    if data.dtype == np.uint8:
        return data
    if not 0 <= low <= high <= 255:
        raise ValueError("bytescale was given low={!r} and high={!r}; expected 0 <= "
                         "low <= high <= 255.".format(low, high))
    scaled = _rescale(data, cmin, cmax, high, low)
    return (scaled.clip(low, high) + 0.5).astype(np.uint8)


def _rescale(data, cmin, cmax, high, low):
    cmin = data.min() if cmin is None else cmin
    cmax = data.max() if cmax is None else cmax
    if cmax < cmin:
        raise ValueError("bytescale was given cmin={!r} above cmax={!r}; expected cmin "
                         "<= cmax.".format(cmin, cmax))
    return (data - cmin) * (float(high - low) / ((cmax - cmin) or 1)) + low


def toimage(arr, high=255, low=0, cmin=None, cmax=None, pal=None, mode=None,
            channel_axis=None):
    """A Pillow image of an array of shape [height, width(, 3 or 4 channels)]."""
    data = np.asarray(arr)
    if np.iscomplexobj(data):
        raise ValueError("toimage was given a complex array; expected a real one.")
    if data.ndim == 2:
        return _gray(data, high, low, cmin, cmax, pal, mode)
    axis = _channel_axis(data.shape, channel_axis)
    data = np.moveaxis(bytescale(data, cmin, cmax, high, low), axis, -1)
    mode = mode or ("RGB" if data.shape[-1] == 3 else "RGBA")
    return _pillow().frombytes(mode, data.shape[1::-1], data.tobytes())


def _channel_axis(shape, axis):
    found = [a for a in range(3) if shape[a] in (3, 4)] if len(shape) == 3 else []
    found.sort(key=lambda a: shape[a])  # three channels rather than four
    if axis is not None:
        found = [a for a in found if a == axis % 3]
    if not found:
        raise ValueError(
            "toimage was given an array of shape {}; expected 2 dimensions, or 3 of "
            "which one{} has 3 or 4 channels.".format(
                shape, "" if axis is None else " (axis {})".format(axis)))
    return found[0]


def _gray(data, high, low, cmin, cmax, pal, mode):
    image = _pillow()
    size = data.shape[::-1]
    if mode == "F":
        return image.frombytes("F", size, data.astype(np.float32).tobytes())
    if mode == "1":  # `high` is the threshold
        return image.fromarray(np.uint8(data > high) * 255).convert("1")
    if mode == "I":
        rescaled = _rescale(data, cmin, cmax, high, low)
        return image.frombytes("I", size, rescaled.astype(np.uint32).tobytes())
    if mode not in (None, "L", "P"):
        raise ValueError("toimage was given mode={!r} for an array of 2 dimensions; "
                         "expected L, P, 1, F or I.".format(mode))
    gray = bytescale(data, cmin, cmax, high, low)
    result = image.frombytes("L", size, gray.tobytes())
    if pal is not None:
        result.putpalette(np.asarray(pal, np.uint8).tobytes())
    elif mode == "P":
        result.putpalette(np.repeat(np.arange(256, dtype=np.uint8), 3).tobytes())
    return result
