use serde::Serialize;

/// Which class was taken for which.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Confusion {
    /// `[actual][predicted]`, rows of the data set.
    counts: Vec<Vec<usize>>,
}

impl Confusion {
    /// Of so many classes, nothing predicted yet.
    pub fn new(classes: usize) -> Confusion {
        Confusion { counts: vec![vec![0; classes]; classes] }
    }

    /// Counts one row more.
    ///
    /// # Panics
    /// A class that there is not.
    pub fn add(&mut self, actual: usize, predicted: usize) {
        self.counts[actual][predicted] += 1;
    }

    /// `[actual][predicted]`.
    pub fn counts(&self) -> &[Vec<usize>] {
        &self.counts
    }

    /// Rows altogether.
    pub fn total(&self) -> usize {
        self.counts.iter().flatten().sum()
    }

    /// Share of the rows that got their own class, 0 to 1; `None` of no rows.
    pub fn accuracy(&self) -> Option<f64> {
        let right = (0..self.counts.len()).map(|class| self.counts[class][class]).sum();
        share(right, self.total())
    }

    /// Share of each class's rows that were predicted as such, 0 to 1; `None` of a class without
    /// rows.
    pub fn recall(&self) -> Vec<Option<f64>> {
        let of = |class: usize| share(self.counts[class][class], self.counts[class].iter().sum());
        (0..self.counts.len()).map(of).collect()
    }

    /// Share of the rows predicted as each class that are of it, 0 to 1; `None` of a class that was
    /// never predicted.
    pub fn precision(&self) -> Vec<Option<f64>> {
        let of = |class: usize| {
            let predicted = self.counts.iter().map(|it| it[class]).sum();
            share(self.counts[class][class], predicted)
        };
        (0..self.counts.len()).map(of).collect()
    }
}

fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 100 rows: 50 of class 0, 30 of class 1, 20 of class 2.
    fn confusion() -> Confusion {
        let mut confusion = Confusion::new(4);
        for (actual, row) in [[45, 5, 0], [6, 21, 3], [0, 4, 16]].into_iter().enumerate() {
            for (predicted, count) in row.into_iter().enumerate() {
                (0..count).for_each(|_| confusion.add(actual, predicted));
            }
        }
        confusion
    }

    #[test]
    fn accuracy_recall_and_precision_are_their_definitions() {
        let found = confusion();
        assert_eq!((found.total(), found.accuracy()), (100, Some(0.82)));
        let recall = [Some(45.0 / 50.0), Some(21.0 / 30.0), Some(16.0 / 20.0), None];
        assert_eq!(found.recall(), recall);
        let precision = [Some(45.0 / 51.0), Some(21.0 / 30.0), Some(16.0 / 19.0), None];
        assert_eq!(found.precision(), precision);
    }

    #[test]
    fn of_no_rows_nothing_is_said() {
        let none = Confusion::new(2);
        assert_eq!((none.total(), none.accuracy()), (0, None));
        assert_eq!((none.recall(), none.precision()), (vec![None; 2], vec![None; 2]));
    }
}
