use thiserror::Error;

/// Why a data set could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DataError {
    /// There is nothing below the column names, or not even those.
    #[error("{file} has no rows: expected a line of column names and at least one row")]
    Empty {
        /// The file.
        file: String,
    },
    /// The last line is not ended, so it may not be whole.
    #[error(
        "{file}:{line}: the last line does not end with a line feed, so the file may be truncated; \
         add one if it is whole"
    )]
    Truncated {
        /// The file.
        file: String,
        /// The last line.
        line: u64,
    },
    /// A row is longer or shorter than the line of column names.
    #[error("{file}:{line}: {found} columns, but the first line names {expected}")]
    Columns {
        /// The file.
        file: String,
        /// The row's line.
        line: u64,
        /// Columns named.
        expected: u64,
        /// Columns found.
        found: u64,
    },
    /// Not CSV.
    #[error("{file} is not CSV: {reason}")]
    NotCsv {
        /// The file.
        file: String,
        /// What the reader stumbled over.
        reason: String,
    },
    /// Two columns have one name, or a column has none.
    #[error("{file}:1: column {column} is named \"{name}\": names must be there and differ")]
    ColumnName {
        /// The file.
        file: String,
        /// From 1.
        column: usize,
        /// As the file has it.
        name: String,
    },
    /// No column has the label's name.
    #[error("{file}:1: there is no column \"{label}\"; the columns are {columns}")]
    NoLabel {
        /// The file.
        file: String,
        /// The name asked for.
        label: String,
        /// The names there are.
        columns: String,
    },
    /// The label is the only column.
    #[error("{file}:1: \"{label}\" is the only column: expected features beside it")]
    NoFeatures {
        /// The file.
        file: String,
        /// The label's column.
        label: String,
    },
    /// A feature that was asked for is not there, is the label, or was asked for before.
    #[error(
        "{file}:1: \"{feature}\" cannot be chosen as a feature: expected each of these at most once: \
         {columns}"
    )]
    NoFeature {
        /// The file.
        file: String,
        /// The name asked for.
        feature: String,
        /// The names that can be chosen.
        columns: String,
    },
    /// The list of chosen features is empty.
    #[error("{file}:1: no feature is chosen: expected at least one column beside \"{label}\"")]
    FeaturesEmpty {
        /// The file.
        file: String,
        /// The label's column.
        label: String,
    },
    /// A feature is not a finite number.
    #[error("{file}:{line}: column \"{column}\" holds \"{found}\": expected a finite number")]
    NotANumber {
        /// The file.
        file: String,
        /// The row's line.
        line: u64,
        /// The feature's name.
        column: String,
        /// As the file has it.
        found: String,
    },
    /// A row has no class.
    #[error("{file}:{line}: column \"{column}\" is empty: expected the name of a class")]
    NoClass {
        /// The file.
        file: String,
        /// The row's line.
        line: u64,
        /// The label's column.
        column: String,
    },
    /// All rows have one class.
    #[error("{file}: column \"{column}\" holds only \"{class}\": expected at least two classes")]
    OneClass {
        /// The file.
        file: String,
        /// The label's column.
        column: String,
        /// The class.
        class: String,
    },
    /// The file does not begin as IDX of unsigned bytes with so many dimensions.
    #[error(
        "{file} begins with {found}: expected {expected}, an IDX file of unsigned bytes with \
         {dimensions} dimensions"
    )]
    NotIdx {
        /// The file.
        file: String,
        /// Its first four bytes, in hexadecimal.
        found: String,
        /// What they should be.
        expected: String,
        /// Dimensions expected.
        dimensions: usize,
    },
    /// A dimension is 0.
    #[error("{file} is {dimensions:?} in size: expected at least 1 of each")]
    IdxEmpty {
        /// The file.
        file: String,
        /// As the header has them.
        dimensions: Vec<usize>,
    },
    /// There are fewer values than the header announces.
    #[error("{file} is truncated: it holds {found} of {expected} bytes")]
    IdxTruncated {
        /// The file.
        file: String,
        /// Bytes that the header announces, itself included; unpacked.
        expected: u64,
        /// Bytes found, unpacked.
        found: u64,
    },
    /// There are more values than the header announces.
    #[error("{file} is too long: its header announces {expected} bytes")]
    IdxTooLong {
        /// The file.
        file: String,
        /// Bytes that the header announces, itself included; unpacked.
        expected: u64,
    },
    /// The gzip stream cannot be unpacked.
    #[error("{file} cannot be unpacked: {reason}")]
    NotGzip {
        /// The file.
        file: String,
        /// What the unpacker stumbled over.
        reason: String,
    },
    /// Images and labels differ in number.
    #[error("{images} holds {image_count} images, but {labels} holds {label_count} labels")]
    CountsDiffer {
        /// The file of images.
        images: String,
        /// How many.
        image_count: usize,
        /// The file of labels.
        labels: String,
        /// How many.
        label_count: usize,
    },
    /// Test images have another size than training images.
    #[error(
        "{file} holds images of {} × {} pixels: expected {} × {}, as the training images",
        found.0, found.1, expected.0, expected.1
    )]
    ImageSize {
        /// The file of the test images.
        file: String,
        /// Rows × columns of the training images.
        expected: (usize, usize),
        /// Rows × columns.
        found: (usize, usize),
    },
    /// A label is no digit.
    #[error("{file}: label {index} is {found}: expected a digit from 0 to 9")]
    NotADigit {
        /// The file of labels.
        file: String,
        /// From 0.
        index: usize,
        /// As the file has it.
        found: u8,
    },
    /// The rows do not fit into memory.
    #[error("{file}: {values} features do not fit into memory")]
    Memory {
        /// The file.
        file: String,
        /// Numbers of four bytes each.
        values: u64,
    },
}
