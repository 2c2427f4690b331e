use multiversion::multiversion;

use crate::network::Real;

/// Columns of a product that are summed at a time: eight vectors of AVX2, four of AVX-512.
const WIDE: usize = 64;
const NARROW: usize = 8;

/// Sparse rows: of each, which places are not zero, and what is there.
#[derive(Clone, Debug)]
pub(super) struct Rows<F> {
    /// Where each row ends.
    ends: Vec<usize>,
    places: Vec<u32>,
    values: Vec<F>,
}

impl<F: Real> Rows<F> {
    pub fn new() -> Rows<F> {
        Rows { ends: Vec::new(), places: Vec::new(), values: Vec::new() }
    }

    pub fn clear(&mut self) {
        self.ends.clear();
        self.places.clear();
        self.values.clear();
    }

    pub fn push(&mut self, places: &[u32], values: &[F]) {
        self.places.extend_from_slice(places);
        self.values.extend_from_slice(values);
        self.ends.push(self.places.len());
    }

    /// Becomes the columns of `rows`, of which there are so many, as rows.
    pub fn transpose_of(&mut self, rows: &Rows<F>, columns: usize) {
        self.places.clear();
        self.places.resize(rows.places.len(), 0);
        self.values.clear();
        self.values.resize(rows.values.len(), F::zero());
        // `ends` holds first how many are in each column, then where each begins, and moves on from
        // there to the end as the column fills.
        self.ends.clear();
        self.ends.resize(columns, 0);
        for &column in &rows.places {
            self.ends[column as usize] += 1;
        }
        let mut begin = 0;
        for end in &mut self.ends {
            begin += std::mem::replace(end, begin);
        }
        for (row, (places, values)) in (0..).zip(rows.iter()) {
            for (&column, &value) in places.iter().zip(values) {
                let next = &mut self.ends[column as usize];
                self.places[*next] = row;
                self.values[*next] = value;
                *next += 1;
            }
        }
    }

    #[inline(always)]
    fn iter(&self) -> impl Iterator<Item = (&[u32], &[F])> {
        let mut begin = 0;
        self.ends.iter().map(move |&end| {
            let of_row = begin..end;
            begin = end;
            (&self.places[of_row.clone()], &self.values[of_row])
        })
    }
}

/// Writes `shares` · `base` + `rows` · `matrix` to `into`: to each of its rows its share of the one
/// row `base`, and its row of the product. All are of the same width and lie row by row.
///
/// Sums are formed in the order of the places; products and sums stay apart, so that every
/// processor comes to the same bits.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+avx2+fma", "x86_64+avx2+fma"))]
pub(super) fn write_product<F: Real>(
    rows: &Rows<F>,
    matrix: &[F],
    (shares, base): (&[F], &[F]),
    into: &mut [F],
) {
    let width = base.len();
    let mut column = 0;
    while column + WIDE <= width {
        write_columns::<F, WIDE>(rows, matrix, (shares, base), into, column);
        column += WIDE;
    }
    while column + NARROW <= width {
        write_columns::<F, NARROW>(rows, matrix, (shares, base), into, column);
        column += NARROW;
    }
    while column < width {
        write_columns::<F, 1>(rows, matrix, (shares, base), into, column);
        column += 1;
    }
}

#[inline(always)]
fn write_columns<F: Real, const N: usize>(
    rows: &Rows<F>,
    matrix: &[F],
    (shares, base): (&[F], &[F]),
    into: &mut [F],
    column: usize,
) {
    let width = base.len();
    let base = &base[column..column + N];
    let outputs = into.chunks_exact_mut(width).zip(shares);
    for ((places, values), (into, &share)) in rows.iter().zip(outputs) {
        let mut sums = [F::zero(); N];
        for at in 0..N {
            sums[at] = share * base[at];
        }
        for (&place, &value) in places.iter().zip(values) {
            let begin = place as usize * width + column;
            let row = &matrix[begin..begin + N];
            for at in 0..N {
                sums[at] += value * row[at];
            }
        }
        into[column..column + N].copy_from_slice(&sums);
    }
}
