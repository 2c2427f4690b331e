use ndarray::Array2;

use super::{DataError, DataSet, NamedBytes, idx::Idx};

/// The four files of MNIST, or of a data set made like it, each plain or gzipped.
#[derive(Clone, Copy, Debug)]
pub struct MnistFiles<'a> {
    /// `train-images-idx3-ubyte`.
    pub train_images: NamedBytes<'a>,
    /// `train-labels-idx1-ubyte`.
    pub train_labels: NamedBytes<'a>,
    /// `t10k-images-idx3-ubyte`.
    pub test_images: NamedBytes<'a>,
    /// `t10k-labels-idx1-ubyte`.
    pub test_labels: NamedBytes<'a>,
}

impl DataSet {
    /// Reads MNIST: a row is an image, row by row of pixels, 0 (background) to 1; its class is a
    /// digit. The training rows come first, the test rows are `held_out`.
    ///
    /// The features are unpacked into the array that is returned: beside it and `files`, only a
    /// piece of 64 KiB is held at any time.
    ///
    /// # Errors
    /// A file that is no IDX file of the right kind, is truncated, too long, or damaged; images and
    /// labels that differ in number; test images of another size; a label above 9.
    pub fn from_mnist(files: MnistFiles<'_>) -> Result<DataSet, DataError> {
        let train_images = Idx::<3>::open(files.train_images)?;
        let test_images = Idx::<3>::open(files.test_images)?;
        let [train_rows, height, width] = train_images.dimensions;
        let [test_rows, ..] = test_images.dimensions;
        if test_images.dimensions[1..] != [height, width] {
            let [_, test_height, test_width] = test_images.dimensions;
            return Err(DataError::ImageSize {
                file: test_images.file.to_owned(),
                expected: (height, width),
                found: (test_height, test_width),
            });
        }

        let mut labels = Vec::new();
        read_labels(files.train_labels, &train_images, &mut labels)?;
        read_labels(files.test_labels, &test_images, &mut labels)?;

        let file = train_images.file;
        let memory = |values| DataError::Memory { file: file.to_owned(), values };
        let room = train_images.room().saturating_add(test_images.room());
        let mut features = Vec::new();
        let reserved = usize::try_from(room).map(|room| features.try_reserve_exact(room));
        if !matches!(reserved, Ok(Ok(()))) {
            return Err(memory(room));
        }
        for images in [train_images, test_images] {
            images
                .read(|pixels| features.extend(pixels.iter().map(|&it| f32::from(it) / 255.0)))?;
        }
        let (rows, values) = (train_rows + test_rows, features.len() as u64);
        Ok(DataSet {
            features: Array2::from_shape_vec((rows, height * width), features)
                .map_err(|_| memory(values))?,
            labels,
            feature_names: (0..height * width)
                .map(|it| format!("pixel {},{}", it / width, it % width))
                .collect(),
            class_names: (0..10).map(|digit| digit.to_string()).collect(),
            held_out: Some(train_rows..rows),
        })
    }
}

/// Appends the labels of `images`.
fn read_labels(
    file: NamedBytes<'_>,
    images: &Idx<'_, 3>,
    labels: &mut Vec<usize>,
) -> Result<(), DataError> {
    let idx = Idx::<1>::open(file)?;
    let ([image_count, ..], [label_count]) = (images.dimensions, idx.dimensions);
    if image_count != label_count {
        return Err(DataError::CountsDiffer {
            images: images.file.to_owned(),
            image_count,
            labels: file.file.to_owned(),
            label_count,
        });
    }
    let first = labels.len();
    idx.read(|piece| labels.extend(piece.iter().map(|&it| usize::from(it))))?;
    match labels[first..].iter().position(|&it| it > 9) {
        None => Ok(()),
        Some(index) => Err(DataError::NotADigit {
            file: file.file.to_owned(),
            index,
            found: labels[first + index] as u8,
        }),
    }
}

#[cfg(test)]
mod tests;
