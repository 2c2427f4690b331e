use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use ndarray::array;

use super::*;

/// An IDX file of unsigned bytes.
fn idx(dimensions: &[u32], values: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0, 8, dimensions.len() as u8];
    bytes.extend(dimensions.iter().flat_map(|it| it.to_be_bytes()));
    bytes.extend(values);
    bytes
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::default());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

/// Three training images of 1 × 2 pixels and two test images.
fn small() -> [Vec<u8>; 4] {
    [
        idx(&[3, 1, 2], &[0, 255, 51, 0, 0, 102]),
        idx(&[3], &[7, 0, 9]),
        idx(&[2, 1, 2], &[255, 255, 0, 0]),
        idx(&[2], &[0, 3]),
    ]
}

fn read(files: &[Vec<u8>; 4]) -> Result<DataSet, DataError> {
    let [train_images, train_labels, test_images, test_labels] = files;
    DataSet::from_mnist(MnistFiles {
        train_images: NamedBytes { file: "train-images", bytes: train_images },
        train_labels: NamedBytes { file: "train-labels", bytes: train_labels },
        test_images: NamedBytes { file: "test-images", bytes: test_images },
        test_labels: NamedBytes { file: "test-labels", bytes: test_labels },
    })
}

#[track_caller]
fn refused(which: usize, bytes: Vec<u8>, expected: &str) {
    let mut files = small();
    files[which] = bytes;
    assert_eq!(read(&files).unwrap_err().to_string(), expected);
}

#[test]
fn training_rows_come_first_and_test_rows_are_held_out() {
    let data = read(&small()).unwrap();
    let expected = array![[0.0, 1.0], [0.2, 0.0], [0.0, 0.4], [1.0, 1.0], [0.0, 0.0]];
    assert_eq!(data.features, expected);
    assert_eq!(data.labels, [7, 0, 9, 0, 3]);
    assert_eq!(data.held_out, Some(3..5));
    assert_eq!(data.feature_names, ["pixel 0,0", "pixel 0,1"]);
    assert_eq!(data.class_names.len(), 10);
}

#[test]
fn gzipped_and_plain_files_give_the_same() {
    let mut files = small();
    files[0] = gzip(&files[0]);
    files[3] = gzip(&files[3]);
    assert_eq!(read(&files), read(&small()));
}

#[test]
fn a_file_cut_off_anywhere_is_refused_plain_or_gzipped() {
    for which in 0..4 {
        for whole in [small()[which].clone(), gzip(&small()[which])] {
            for end in 0..whole.len() {
                let mut files = small();
                files[which] = whole[..end].to_vec();
                assert!(read(&files).is_err(), "file {which} was read from {end} bytes");
            }
        }
    }
    refused(0, small()[0][..18].to_vec(), "train-images is truncated: it holds 18 of 22 bytes");
    refused(3, small()[3][..5].to_vec(), "test-labels is truncated: it holds 5 of 8 bytes");
}

#[test]
fn a_file_with_more_than_it_announces_is_refused_plain_or_gzipped() {
    let long = [small()[1].clone(), vec![0]].concat();
    let expected = "train-labels is too long: its header announces 11 bytes";
    refused(1, long.clone(), expected);
    refused(1, gzip(&long), expected);
    let trailing = [gzip(&small()[1]), b"more".to_vec()].concat();
    assert!(matches!(
        read(&[small()[0].clone(), trailing, small()[2].clone(), small()[3].clone()]),
        Err(DataError::NotGzip { .. })
    ));
}

#[test]
fn a_flipped_bit_of_a_gzipped_file_is_refused() {
    let whole = gzip(&small()[0]);
    // The header's time, flags and system say nothing about what is packed.
    for at in 10..whole.len() {
        let mut files = small();
        files[0] = whole.clone();
        files[0][at] ^= 1;
        assert!(read(&files).is_err(), "byte {at}");
    }
}

#[test]
fn what_is_no_idx_file_of_the_right_kind_is_refused() {
    let kind = "an IDX file of unsigned bytes with 3 dimensions";
    let labels = small()[1].clone();
    refused(
        0,
        labels,
        &format!("train-images begins with 0x00000801: expected 0x00000803, {kind}"),
    );
    let page = b"<html>".to_vec();
    refused(0, page, &format!("train-images begins with 0x3c68746d: expected 0x00000803, {kind}"));
    let mut floats = small()[2].clone();
    floats[2] = 0x0d;
    refused(2, floats, &format!("test-images begins with 0x00000d03: expected 0x00000803, {kind}"));
}

#[test]
fn files_that_do_not_fit_together_are_refused() {
    refused(1, idx(&[2], &[1, 2]), "train-images holds 3 images, but train-labels holds 2 labels");
    refused(
        2,
        idx(&[2, 2, 2], &[0; 8]),
        "test-images holds images of 2 × 2 pixels: expected 1 × 2, as the training images",
    );
    refused(3, idx(&[2], &[9, 10]), "test-labels: label 1 is 10: expected a digit from 0 to 9");
    refused(
        0,
        idx(&[0, 1, 2], &[]),
        "train-images is [0, 1, 2] in size: expected at least 1 of each",
    );
}

#[test]
fn a_header_that_announces_more_than_there_is_room_for_reserves_none() {
    let (most, labels) = (u32::MAX, idx(&[u32::MAX], &[1; 100]));
    let mut files = small();
    files[0] = idx(&[most, 1, 2], &[0; 100]);
    files[1] = labels;
    assert!(matches!(read(&files), Err(DataError::IdxTruncated { .. })));
}
