use std::io::{self, ErrorKind, Read};

use flate2::read::MultiGzDecoder;

use super::{DataError, NamedBytes};

/// What a gzip stream begins with (RFC 1952, 2.3.1).
const GZIP: [u8; 2] = [0x1f, 0x8b];
/// Deflate cannot pack more into a byte.
const MOST_PACKED: u64 = 1032;

/// An IDX file of unsigned bytes with `D` dimensions, plain or gzipped, whose header was read.
///
/// Format: LeCun, Cortes and Burges, *The MNIST database of handwritten digits*, "File formats":
/// two zero bytes, the type (8 for unsigned bytes), the number of dimensions, each dimension as a
/// big-endian 32-bit number, then the values, the last dimension running fastest.
pub(super) struct Idx<'a, const D: usize> {
    /// What errors call it.
    pub file: &'a str,
    /// As the header has them, none 0.
    pub dimensions: [usize; D],
    /// The values, and no more than them if the header is right.
    stream: Box<dyn Read + 'a>,
    /// Bytes that can come of the file.
    most: u64,
}

impl<'a, const D: usize> Idx<'a, D> {
    const HEADER: u64 = 4 + 4 * D as u64;

    /// Reads the header.
    pub fn open(NamedBytes { file, bytes }: NamedBytes<'a>) -> Result<Idx<'a, D>, DataError> {
        let gzipped = bytes.starts_with(&GZIP);
        let mut stream: Box<dyn Read + 'a> =
            if gzipped { Box::new(MultiGzDecoder::new(bytes)) } else { Box::new(bytes) };
        let most = bytes.len() as u64 * if gzipped { MOST_PACKED } else { 1 };

        let mut header = vec![0; 4 + 4 * D];
        let found = fill(&mut stream, &mut header).map_err(|it| unpacking(file, &it))?;
        let expected = [0, 0, 8, D as u8];
        if found >= 4 && header[..4] != expected {
            return Err(DataError::NotIdx {
                file: file.to_owned(),
                found: hexadecimal(&header[..4]),
                expected: hexadecimal(&expected),
                dimensions: D,
            });
        }
        if found < header.len() {
            let (file, found) = (file.to_owned(), found as u64);
            return Err(DataError::IdxTruncated { file, expected: Self::HEADER, found });
        }
        let mut dimensions = [0; D];
        for (dimension, bytes) in dimensions.iter_mut().zip(header[4..].chunks_exact(4)) {
            *dimension = bytes.iter().fold(0, |sum, &byte| sum << 8 | usize::from(byte));
        }
        if dimensions.contains(&0) {
            let dimensions = dimensions.to_vec();
            return Err(DataError::IdxEmpty { file: file.to_owned(), dimensions });
        }
        Ok(Idx { file, dimensions, stream, most })
    }

    /// Values that the header announces.
    pub fn values(&self) -> u64 {
        self.dimensions.iter().fold(1, |product, &it| product.saturating_mul(it as u64))
    }

    /// Values that room should be made for: those announced, unless the file cannot hold them.
    pub fn room(&self) -> u64 {
        self.values().min(self.most)
    }

    /// Hands all values on, piece by piece.
    ///
    /// # Errors
    /// There are fewer or more than the header announces, or they cannot be unpacked.
    pub fn read(mut self, mut each: impl FnMut(&[u8])) -> Result<(), DataError> {
        let mut piece = vec![0; 1 << 16];
        let mut left = self.values();
        while left > 0 {
            let wanted = left.min(piece.len() as u64) as usize;
            let found = fill(&mut self.stream, &mut piece[..wanted])
                .map_err(|it| unpacking(self.file, &it))?;
            each(&piece[..found]);
            left -= found as u64;
            if found < wanted {
                let expected = self.values().saturating_add(Self::HEADER);
                let file = self.file.to_owned();
                return Err(DataError::IdxTruncated { file, expected, found: expected - left });
            }
        }
        // Only at the end does gzip tell whether what it unpacked is what was packed.
        match self.stream.read(&mut piece[..1]) {
            Ok(0) => Ok(()),
            Ok(_) => {
                let expected = self.values() + Self::HEADER;
                Err(DataError::IdxTooLong { file: self.file.to_owned(), expected })
            }
            Err(error) => Err(unpacking(self.file, &error)),
        }
    }
}

/// Reads until `buffer` is full or the stream has ended, be it amid a gzip stream: the caller knows
/// how much there should be. How many bytes were read.
fn fill(stream: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match stream.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => break,
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

fn unpacking(file: &str, error: &io::Error) -> DataError {
    DataError::NotGzip { file: file.to_owned(), reason: error.to_string() }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold("0x".to_owned(), |text, byte| format!("{text}{byte:02x}"))
}
